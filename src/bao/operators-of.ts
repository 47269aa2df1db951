/** What a condition asks of one field: operators, or a value that the field has to have. */
import type { BaoField } from './fields/field.ts';
import { isPlainObject } from '../lib/plain-object.ts';

/**
 * The operators of a condition with their operands; a value stands for `$eq`. Operators come in a plain object; dates, sets, bytes and model
 * instances are values, and so is a plain object that the field takes as its value. (A field that has parts is compared by its parts.)
 *
 * @param field null: any object holds operators
 */
export function operatorsOf(field: BaoField | null, operand: unknown): [operator: string, operand: unknown][] {
  if (!isPlainObject(operand) || isValueOf(field, operand)) return [['$eq', operand]];
  return Object.entries(operand).filter(([, value]) => value !== undefined);
}

function isValueOf(field: BaoField | null, object: Record<string, unknown>): boolean {
  const names = Object.keys(object);
  return field?.parts === null && names.length > 0 && !names.some((name) => name.startsWith('$')) && field.expectation(object) === null;
}
