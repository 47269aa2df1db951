/** Which operators make sense for which kinds of fields. */
import type { FieldKind } from '../wire/field-kinds.ts';
import type { BaoField } from './fields/field.ts';

const OF_TEXT = /contains|beginsWith|size/;
const OF_ORDER = /beginsWith|gt|lt|between/;
/** Kinds that are stored as numbers. */
const NUMBERS = /integer|float|counter|date|ttl/;

/** By kind the operators that its values never satisfy; kinds that are stored as text, and JSON, take all. */
const SENSELESS: Readonly<Partial<Record<FieldKind, RegExp>>> = {
  boolean: /contains|beginsWith|size|gt|lt|between/,
  binary: /contains|beginsWith/,
  'string-set': OF_ORDER,
  list: OF_ORDER,
  map: /contains|beginsWith|gt|lt|between/,
};

/** Whether no value of the field can satisfy an operator of a filter: DynamoDB would find nothing, or refuse the request in words of its own. */
export function isSenseless({ storedKind }: BaoField, operator: string): boolean {
  const never = NUMBERS.test(storedKind) ? OF_TEXT : SENSELESS[storedKind];
  return never?.test(operator) === true;
}
