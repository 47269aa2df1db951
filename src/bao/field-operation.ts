/** Changes that DynamoDB makes itself, to the value that a row has at that moment: nothing is read first, and nothing that others add is lost. */
import type { AttributeMap } from '../dynamo/types.ts';
import type { Assumptions } from './assumptions.ts';
import type { AttributeChange } from './attribute-change.ts';
import { ValidationError } from './errors.ts';
import type { BaoField } from './fields/field.ts';
import { isPlainObject } from '../lib/plain-object.ts';

/** How a stored value becomes the next one by some of its parts. */
export interface Difference {
  /** null: it is the same */
  readonly change: AttributeChange | null;
  /** Whether the change can be made to this row as it is; else the whole value is written. */
  fits(row: AttributeMap): boolean;
  /** Adds what the change takes for granted of the row. */
  assume(assumptions: Assumptions): void;
}

/** One operator of a change, checked. */
export class FieldOperation implements Difference {
  readonly change: AttributeChange;
  /** the whole value has to be known before it is changed: a limit depends on it */
  readonly needsRow: boolean;
  /** the native value afterwards, from the one before */
  readonly after: (stored: unknown) => unknown;

  constructor(change: AttributeChange, after: (stored: unknown) => unknown, needsRow: boolean) {
    this.change = change;
    this.after = after;
    this.needsRow = needsRow;
  }

  /** What of the change there is to do in this row; null: nothing. */
  reducedTo(_row: AttributeMap): FieldOperation | null {
    return this;
  }

  fits(_row: AttributeMap): boolean {
    return true;
  }

  assume(_assumptions: Assumptions): void {
    // a change of a whole field takes nothing for granted
  }
}

/**
 * The operation that a value of a change asks for; null for an ordinary value.
 *
 * @throws ValidationError for an operator that the field does not have, or an operand of another kind
 */
export function readOperation(name: string, field: BaoField, value: unknown): FieldOperation | null {
  if (value instanceof FieldOperation) return value;
  const ofValue = field.operationOf(name, null, value);
  if (ofValue !== null) return ofValue;
  // An object that the field takes as it is, is its value, whatever its properties are called.
  if (!isPlainObject(value) || !Object.keys(value).some((key) => key.startsWith('$')) || field.expectation(value) === null) return null;
  const [operator, ...others] = Object.keys(value);
  if (operator === undefined || others.length > 0)
    throw new ValidationError(`${name}: expected one operator, got ${others.length + 1}`, name, value);
  const operation = field.operationOf(name, operator, value[operator]);
  if (operation !== null) return operation;
  throw new ValidationError(`Invalid operator ${operator.slice(0, 80)} for field ${name}`, name, value);
}

/** Whether the field limits its value as a whole, which DynamoDB does not check. */
export function dependsOnWhole({ options }: BaoField): boolean {
  return ['maxMemberCount', 'minItems', 'maxItems', 'minimum', 'maximum', 'validate', 'schema'].some(
    (option) => options[option] !== undefined,
  );
}
