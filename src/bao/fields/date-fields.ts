/** Fields that are stored as instants: milliseconds since 1970 as a number, a ttl in seconds. */
import { legacyInteger, orderedInteger } from '../key-encoding.ts';
import type { HidingRule } from '../model-definition.ts';
import { BaoField } from './field.ts';
import type { FieldOptions, KeyEncoding } from './field.ts';
import type { AttributeValue } from '../../dynamo/types.ts';
import type { FieldKind } from '../../wire/field-kinds.ts';
import { instantToJson } from '../../wire/native-json.ts';
import type { JsonValue } from '../../wire/native-json.ts';

/** An instant: a Date, milliseconds since 1970, or text that Date can parse. Read as Date. */
export class DateTimeFieldClass extends BaoField {
  declare readonly valueTypes: { read: Date; write: Date | number | string; presence: 'optional' | 'created' | 'written' };

  override readonly kind: FieldKind = 'date-time';

  override toJson(native: unknown): JsonValue {
    return instantToJson(native);
  }

  override expectation(value: unknown): string | null {
    return Number.isNaN(toMs(value)) ? 'a date' : null;
  }

  override toDy(value: unknown): unknown {
    return value === null || value === undefined ? null : toMs(value);
  }

  override fromDy(value: unknown): unknown {
    return value === null || value === undefined ? null : new Date(Number(value));
  }

  /** Rows of other writers may hold fractions. */
  override unmarshall(attribute: AttributeValue): unknown {
    return 'N' in attribute ? Number(attribute.N) : super.unmarshall(attribute);
  }

  override toGsi(value: unknown): string {
    return legacyInteger(Number(this.toDy(value)));
  }

  override toKey(value: unknown, encoding: KeyEncoding): string {
    return encoding === 'ordered' ? orderedInteger(Number(this.toDy(value))) : this.toGsi(value);
  }
}

/** When the object was created: now, unless it is given. Kept when the object is replaced. */
export class CreateDateFieldClass extends DateTimeFieldClass {
  declare readonly valueTypes: { read: Date; write: Date | number | string; presence: 'created' };
  override readonly kind: FieldKind = 'create-date';
  override readonly isAutomatic = true;
  override readonly isReadOnly = true;

  constructor(options: FieldOptions = {}) {
    super({ ...options, required: true });
  }

  override getInitialValue(): unknown {
    return super.getInitialValue() ?? new Date();
  }
}

/** When the object was last written: now with every write, whatever is given. */
export class ModifiedDateFieldClass extends DateTimeFieldClass {
  declare readonly valueTypes: { read: Date; write: Date | number | string; presence: 'written' };
  override readonly kind: FieldKind = 'modified-date';
  override readonly isAutomatic = true;
  override readonly isReadOnly = true;

  constructor(options: FieldOptions = {}) {
    super({ ...options, required: true });
  }

  override getInitialValue(): unknown {
    return new Date();
  }

  override updateBeforeSave(_value: unknown): unknown {
    return new Date();
  }
}

/** When DynamoDB may remove the row. Stored in whole seconds, as DynamoDB needs it; the field has to be called `ttl`. */
export class TtlFieldClass extends DateTimeFieldClass {
  override readonly kind: FieldKind = 'ttl';
  override readonly isKeyable = false;

  override hidingRule(field: string): HidingRule {
    return {
      field,
      unless: 'includeExpired',
      hides({ [field]: ttl }) {
        return ttl !== undefined && 'N' in ttl && Number(ttl.N) <= Date.now() / 1000;
      },
      term(placeholders) {
        const ttl = placeholders.name(field);
        return `(attribute_not_exists(${ttl}) OR ${ttl} > ${placeholders.number(Math.floor(Date.now() / 1000))})`;
      },
    };
  }

  override expectation(value: unknown): string | null {
    return Number.isNaN(toMs(value)) ? 'a date (Invalid date value provided for TTL field)' : null;
  }

  override toDy(value: unknown): unknown {
    return value === null || value === undefined ? null : Math.floor(toMs(value) / 1000);
  }

  override fromDy(value: unknown): unknown {
    return value === null || value === undefined ? null : new Date(Number(value) * 1000);
  }
}

/** Milliseconds since 1970, NaN when `value` is no date. */
function toMs(value: unknown): number {
  if (value instanceof Date) return value.getTime();
  if (typeof value === 'number' || (typeof value === 'string' && value !== '')) return new Date(value).getTime();
  return Number.NaN;
}
