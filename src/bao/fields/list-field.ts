/** A field whose values are lists of elements of one kind. */
import { describeValue } from '../../lib/describe-value.ts';
import type { FieldIssue } from '../../lib/errors.ts';
import type { FieldKind } from '../../wire/field-kinds.ts';
import type { JsonForm } from '../../wire/json-forms.ts';
import type { JsonSchema } from '../../wire/route.ts';
import { ConfigurationError, ValidationError } from '../errors.ts';
import { PART_CHANGES } from '../part-changes.ts';
import type { PartChanges } from '../part-changes.ts';
import { BaoField } from './field.ts';
import type { FieldOptions } from './field.ts';
import { invalidValue } from './field-issues.ts';
import { issuesOfPart } from './map-field.ts';
import { listForm, listSchema } from './nested-forms.ts';

export interface ListFieldOptions extends FieldOptions {
  minItems?: number;
  maxItems?: number;
}

/** More wrong elements than these are not told one by one. */
const MAX_ISSUES = 20;

/** A list of elements that are all of one field, in order, each as often as it likes. Unset, it reads as a list of none. */
export class ListFieldClass<Element extends BaoField = BaoField> extends BaoField {
  declare readonly valueTypes: {
    read: Element['valueTypes']['read'][];
    write: readonly Element['valueTypes']['write'][];
    presence: 'empty';
    parts: { element: Element };
  };
  declare readonly options: Readonly<ListFieldOptions>;
  readonly element: BaoField;

  constructor(element: Element, options: ListFieldOptions = {}) {
    super(options);
    this.element = element;
    if (element.isAutomatic || element.kind === 'ttl')
      throw new ConfigurationError(`a field of kind ${element.kind} cannot be a part of another one`);
  }

  override get kind(): FieldKind {
    return 'list';
  }

  override get isKeyable(): boolean {
    return false;
  }

  override get partChanges(): PartChanges {
    return PART_CHANGES;
  }

  override get changeKind(): 'list' {
    return 'list';
  }

  override get jsonForm(): JsonForm {
    return listForm(this.element);
  }

  override get jsonSchema(): JsonSchema {
    const { minItems, maxItems } = this.options;
    return {
      ...listSchema(this.element),
      ...(minItems === undefined ? {} : { minItems }),
      ...(maxItems === undefined ? {} : { maxItems }),
    };
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
