/** The gate between entries and models: every model of a service behind the rules of its definition. */
import { describeModel, jsonFormAt, rowKeyOf } from '../bao/for-services.ts';
import type { ModelClass, ModelDescription } from '../bao/for-services.ts';
import { accessRules } from '../wire/access-rules.ts';
import type { AccessRules } from '../wire/access-rules.ts';
import type { JsonForm, JsonValue } from '../wire/json-forms.ts';
import type { ModelOptions } from '../wire/model-options.ts';
import type { Principal } from '../wire/principal.ts';
import { ModelView } from './model-view.ts';
import { Permissions } from './permissions.ts';
import type { ViewedModel } from './viewed-model.ts';

const DEFAULT_OPTIONS: ModelOptions = { access: 'read-write', cacheControl: null };

/** A model behind its rules: what is the same for everybody, and the way to what is not. */
export class GuardedModel {
  readonly #model: ModelClass;
  readonly #others: ReadonlyMap<string, GuardedModel>;
  readonly description: ModelDescription;
  readonly options: ModelOptions;
  readonly rules: AccessRules;

  constructor(model: ModelClass, description: ModelDescription, options: ModelOptions, others: ReadonlyMap<string, GuardedModel>) {
    this.#model = model;
    this.#others = others;
    this.description = description;
    this.options = options;
    this.rules = accessRules(options.access);
  }

  /** Whether somebody without credentials may read items. */
  get isPublic(): boolean {
    return this.rules.read.includes('public');
  }

  /** Whether a principal may read every item, with all its fields. */
  mayReadAll(principal: Principal | null): boolean {
    const permissions = new Permissions(this.rules, principal);
    return permissions.reach('read') === 'all' && permissions.hiddenFields(false).length === 0;
  }

  /** The model as a principal sees it; null: somebody without credentials. Whoever calls has made sure that the tenant is the principal's. */
  as(principal: Principal | null): ModelView {
    return new ModelView(this.#viewedBy(principal));
  }

  /** The key that the segments of a path name, as native values by field. */
  keyFromSegments(segments: readonly string[]): { key: Record<string, unknown> } | { reason: string } {
    return this.#model.keyFromSegments(segments);
  }

  /** A key's native values in JSON. */
  keyToJson(key: Readonly<Record<string, unknown>>): Record<string, JsonValue> {
    return this.#model.keyToJson(key);
  }

  /** The JSON form of a field of the model. @throws TypeError when it has no such field */
  jsonForm(field: string): JsonForm {
    const form = jsonFormAt(this.#model, field);
    if (form === null) throw new TypeError(`${this.description.name} has no field ${field}`);
    return form;
  }

  /** The text of a key, as related fields of other models hold it. */
  primaryId(key: Readonly<Record<string, unknown>>): string {
    return this.#model.getPrimaryId(key);
  }

  /** The key of an item's row in the table, for who looks after storage. */
  rowKey(tenant: string, key: Readonly<Record<string, unknown>>): ReturnType<typeof rowKeyOf> {
    return rowKeyOf(this.#model, tenant, key);
  }

  #viewedBy(principal: Principal | null): ViewedModel {
    return {
      model: this.#model,
      description: this.description,
      permissions: new Permissions(this.rules, principal),
      related: (name) => this.#other(name).#viewedBy(principal),
    };
  }

  #other(name: string): GuardedModel {
    const other = this.#others.get(name);
    if (other) return other;
    throw new TypeError(`a relation names the model ${name}, which is not among the models of the service`);
  }
}

/**
 * The models of a service by name, each behind its rules.
 *
 * @param options by name; default: every principal of the tenant may do everything
 */
export function guardModels(
  models: readonly ModelClass[],
  options: Readonly<Record<string, ModelOptions>> = {},
): ReadonlyMap<string, GuardedModel> {
  const guarded = new Map<string, GuardedModel>();
  for (const model of models) {
    const description = describeModel(model, models);
    guarded.set(description.name, new GuardedModel(model, description, options[description.name] ?? DEFAULT_OPTIONS, guarded));
  }
  return guarded;
}
