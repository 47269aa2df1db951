/** What can be told of the operands of a condition before any item is looked at. */
import type { AttributeValue } from '../types.ts';
import { compareValues } from './compare-values.ts';
import { NotUnderstood } from './not-understood.ts';
import type { Operand } from './syntax.ts';

/** The name of a value's type, "S" for text. */
export function typeOf(value: AttributeValue): string {
  return Object.keys(value)[0] ?? '';
}

/** False for a value of a type that has no order; what attributes are is not known yet. */
export function isOrdered(operand: Operand): boolean {
  return operand.kind !== 'value' || ['S', 'N', 'B'].includes(typeOf(operand.value));
}

/** False for what cannot have a prefix or be one. */
export function isPrefixed(operand: Operand): boolean {
  return operand.kind === 'path' || (operand.kind === 'value' && ['S', 'B'].includes(typeOf(operand.value)));
}

/** @throws NotUnderstood for two values that are no range */
export function checkBounds(low: Operand, high: Operand): void {
  if (low.kind !== 'value' || high.kind !== 'value') return;
  const order = compareValues(low.value, high.value);
  if (order === null || order > 0) throw new NotUnderstood();
}
