/** Conditions that say that there is no item yet. */
import { orNull } from './not-understood.ts';
import { parseCondition } from './parse-condition.ts';
import { Substitutions, type SubstitutionInput } from './substitutions.ts';
import type { Condition } from './syntax.ts';

/**
 * True when a write with this condition is applied only where there is no item: the condition demands that a key attribute, which every item has, is absent.
 * False also when it is not understood.
 */
export function demandsAbsence(input: SubstitutionInput & { ConditionExpression?: string }, keyNames: readonly string[]): boolean {
  const { ConditionExpression: text } = input;
  const condition = text === undefined ? null : orNull(() => parseCondition(text, new Substitutions(input)));
  return condition !== null && isAbsence(condition, keyNames);
}

function isAbsence(condition: Condition, keyNames: readonly string[]): boolean {
  if (condition.kind === 'and') return condition.terms.some((term) => isAbsence(term, keyNames));
  return condition.kind === 'exists' && !condition.isThere && condition.path.length === 1 && keyNames.includes(String(condition.path[0]));
}
