/** A field whose values are lists of elements of one kind. */
import { describeValue } from '../../lib/describe-value.ts';
import type { FieldIssue } from '../../lib/errors.ts';
import type { FieldKind } from '../../wire/field-kinds.ts';
import type { JsonValue } from '../../wire/native-json.ts';
import { ConfigurationError, ValidationError } from '../errors.ts';
import type { FieldOperation } from '../field-operation.ts';
import { NESTED_PARTS } from '../nested-parts.ts';
import { extend, removeAt } from '../update-operators.ts';
import type { BaoField, FieldOptions, ReadTypeOf, WriteTypeOf } from './field.ts';
import { invalidValue } from './field-issues.ts';
import { issuesOfPart } from './map-field.ts';
import { TypedField } from './typed-field.ts';

export interface ListFieldOptions extends FieldOptions {
  minItems?: number;
  maxItems?: number;
}

/** More wrong elements than these are not told one by one. */
const MAX_ISSUES = 20;

/** A list of elements that are all of one field, in order, each as often as it likes. Unset, it reads as a list of none. */
export class ListFieldClass<Element extends BaoField = BaoField> extends TypedField {
  declare readonly valueTypes: {
    read: ReadTypeOf<Element>[];
    write: readonly WriteTypeOf<Element>[];
    presence: 'empty';
    parts: { element: Element };
  };
  declare readonly options: Readonly<ListFieldOptions>;
  override readonly kind: FieldKind = 'list';
  override readonly isMutable = true;
  override readonly parts = NESTED_PARTS;
  readonly element: BaoField;

  constructor(element: Element, options: ListFieldOptions = {}) {
    super(options);
    this.element = element;
    if (element.isAutomatic || element.kind === 'ttl')
      throw new ConfigurationError(`a field of kind ${element.kind} cannot be a part of another one`);
  }

  override operationOf(name: string, operator: string | null, operand: unknown): FieldOperation | null {
    switch (operator) {
      case '$append':
        return extend(name, this, 'append', operand);
      case '$prepend':
        return extend(name, this, 'prepend', operand);
      case '$remove':
        return removeAt(name, this, operand);
      default:
        return null;
    }
  }

  override toJson(native: unknown): JsonValue {
    return (native as readonly unknown[]).map((element) => this.element.toJson(element)); // what the field holds
  }

  override partAt(step: string | number): BaoField | null {
    return typeof step === 'number' ? this.element : null;
  }

  override getInitialValue(): unknown {
    return super.getInitialValue() ?? [];
  }

  override validate(value: unknown): void {
    if (this.isUnset(value) || !Array.isArray(value)) return super.validate(value);
    const issues = this.#issuesOf(value);
    if (issues.length > 0) throw invalidValue(issues, value);
    const broken = this.brokenLimit(value);
    if (broken !== null) throw new ValidationError(`expected ${broken}, got ${value.length}`);
    this.checkSchema(value);
  }

  override expectation(value: unknown): string | null {
    if (!Array.isArray(value)) return 'an array';
    const [issue] = this.#issuesOf(value);
    return issue === undefined ? null : `valid elements (${issue.path.slice(1)}: ${issue.reason})`;
  }

  override brokenLimit(value: unknown): string | null {
    const { minItems = 0, maxItems = Number.POSITIVE_INFINITY } = this.options;
    const { length } = value as readonly unknown[]; // checked to be one before
    if (length < minItems) return `at least ${minItems} elements`;
    return length > maxItems ? `at most ${maxItems} elements` : null;
  }

  override toDy(value: unknown): unknown {
    return Array.isArray(value) ? value.map((element: unknown) => this.element.toDy(element)) : null;
  }

  override fromDy(value: unknown): unknown {
    const stored: readonly unknown[] = Array.isArray(value) ? value : (this.toDy(this.getInitialValue()) as unknown[]); // of an array
    return stored.map((element) => this.element.fromDy(element));
  }

  override toFilterDy(value: unknown): unknown {
    this.validate(value);
    return this.toDy(value);
  }

  #issuesOf(value: readonly unknown[]): FieldIssue[] {
    const issues: FieldIssue[] = [];
    for (const [at, element] of value.entries()) {
      if (issues.length >= MAX_ISSUES) break;
      if (element === null || element === undefined)
        issues.push({ path: `/${at}`, reason: `expected a value, got ${describeValue(element)}` });
      else issues.push(...issuesOfPart(at, this.element, element));
    }
    return issues;
  }
}
