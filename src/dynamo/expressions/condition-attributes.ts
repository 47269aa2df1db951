/** Which attributes a condition looks at, and what it demands of them. */
import type { Condition, Operand } from './syntax.ts';

/** The names of the attributes that `condition` looks at, or at parts of; some perhaps more than once. */
export function attributesOf(condition: Condition): string[] {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.terms.flatMap(attributesOf);
    case 'not':
      return attributesOf(condition.term);
    case 'exists':
    case 'type':
      return [String(condition.path[0])];
    case 'compare':
      return [condition.left, condition.right].flatMap(attributeOf);
    case 'between':
      return [condition.operand, condition.low, condition.high].flatMap(attributeOf);
    case 'in':
      return [condition.operand, ...condition.list].flatMap(attributeOf);
    case 'begins_with':
      return [condition.operand, condition.prefix].flatMap(attributeOf);
    case 'contains':
      return [condition.operand, condition.part].flatMap(attributeOf);
  }
}

function attributeOf(operand: Operand): string[] {
  return operand.kind === 'value' ? [] : [String(operand.path[0])];
}
