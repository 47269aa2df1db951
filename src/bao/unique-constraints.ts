/**
 * Unique values. Each has a guard row, written in the same transaction as the object, so that two objects can never have one value.
 * `UniqueConstraintConfig` is the only way to here: programs without unique values have none of it.
 */
import type { AttributeMap, TransactWriteAction } from '../dynamo/types.ts';
import { freeAbandoned } from './abandoned-values.ts';
import { UNIQUE_CONSTRAINT_IDS } from './constants.ts';
import { ConditionalError, ValidationError } from './errors.ts';
import type { BaoField } from './fields/field.ts';
import { findById } from './find.ts';
import type { FindOptions } from './find.ts';
import { release, take } from './guard-rows.ts';
import type { GuardOwner } from './guard-rows.ts';
import { guardKey } from './layout.ts';
import type { RowKey } from './layout.ts';
import { unknownConstraint } from './model-definition.ts';
import type { Fail, ModelDefinition, NamedField } from './model-definition.ts';
import { definitionOf } from './model-registry.ts';
import type { ModelClass } from './model-class.ts';
import { ObjectNotFound } from './object-not-found.ts';
import { readRow } from './read-rows.ts';
import { pauseBeforeTry } from './row-writer.ts';
import type { Sent } from './row-writer.ts';
import { cancellationReasons, storeException } from './store-errors.ts';
import { openSession } from './store-session.ts';
import { storedValue } from './stored-values.ts';
import type { WriteTarget } from './write-target.ts';

/** At most one row of the model may have a given value of `field`; `constraintId` is "_uc1" to "_uc3". */
export interface UniqueConstraintConfig<Field extends string = string> {
  readonly field: Field;
  readonly constraintId: string;
  /** The constraints of a model, checked. @throws ConfigurationError */
  together(configs: Readonly<Record<string, UniqueConstraintConfig>>, fields: ReadonlyMap<string, BaoField>, fail: Fail): UniqueConstraints;
}

/** One unique value of a model. */
export interface UniqueConstraint extends NamedField {
  readonly constraintName: string;
  readonly constraintId: string;
}

/** A guard row that is written or deleted. `constraint` says whose value is taken when its condition fails. */
export interface GuardAction {
  constraint: UniqueConstraint;
  kind: 'take' | 'release';
  /** the id of the object whose value it is */
  owner: string;
  key: RowKey;
  action: TransactWriteAction;
}

/** A unique constraint on one field, stored in guard rows of `constraintId`. */
export function UniqueConstraintConfig<Field extends string>(field: Field, constraintId: string): UniqueConstraintConfig<Field> {
  return { field, constraintId, together: (configs, fields, fail) => new UniqueConstraints(checkConstraints(configs, fields, fail)) };
}

function checkConstraints(
  configs: Readonly<Record<string, UniqueConstraintConfig>>,
  fields: ReadonlyMap<string, BaoField>,
  fail: Fail,
): UniqueConstraint[] {
  const usedIds = new Set<string>();
  return Object.entries(configs).map(([constraintName, { field: name, constraintId }]) => {
    const field = fields.get(name) ?? fail(`unique constraint ${constraintName} names the field ${name}, which the model does not have`);
    if (!field.isKeyable || field.kind === 'counter')
      fail(`unique constraint ${constraintName}: a field of kind ${field.kind} cannot be unique`);
    if (!UNIQUE_CONSTRAINT_IDS.some((id) => id === constraintId)) {
      fail(`unique constraint ${constraintName}: expected an id of ${UNIQUE_CONSTRAINT_IDS.join(', ')}, got ${constraintId}`);
    }
    if (usedIds.has(constraintId)) fail(`two unique constraints use ${constraintId}`);
    usedIds.add(constraintId);
    return { constraintName, constraintId, name, field };
  });
}

/** The unique values of a model: which guard rows a write takes and releases, and which object a value leads to. */
export class UniqueConstraints {
  readonly #all: readonly UniqueConstraint[];
  /** the fields that have them */
  readonly fields: readonly string[];
  /** the same by the names of the constraints */
  readonly fieldsByName: Readonly<Record<string, string>>;

  constructor(all: readonly UniqueConstraint[]) {
    this.#all = all;
    this.fields = all.map(({ name }) => name);
    this.fieldsByName = Object.fromEntries(all.map(({ constraintName, name }) => [constraintName, name]));
  }

  /**
   * The guard rows to write and delete when an object goes from one row to another; null: there is no row. A value that stays has none.
   *
   * @param after the native values afterwards; those of fields that are not in it stay
   */
  guards(
    definition: ModelDefinition,
    owner: GuardOwner,
    before: AttributeMap | null,
    after: Readonly<Record<string, unknown>> | null,
  ): GuardAction[] {
    return this.#all
      .filter(({ name }) => after === null || name in after)
      .flatMap((constraint) => {
        const { name, field } = constraint;
        const old = before?.[name] === undefined ? null : storedValue(field, before[name]);
        const next = after?.[name] ?? null;
        const oldKey = old === null ? null : guardKey(definition, owner.tenant, constraint, old);
        const nextKey = next === null ? null : guardKey(definition, owner.tenant, constraint, next);
        if (oldKey?._pk === nextKey?._pk) return [];
        const common = { constraint, owner: owner.primaryId };
        const released = oldKey && { ...common, kind: 'release' as const, key: oldKey, action: release(owner, oldKey) };
        const taken = nextKey && { ...common, kind: 'take' as const, key: nextKey, action: take(definition, owner, nextKey) };
        return [released, taken].filter((action) => action !== null);
      });
  }

  /**
   * Sends the row's action and the guards' in one transaction. A value that only seems to be taken is freed, and the transaction sent again.
   *
   * @throws ConditionalError when a unique value is taken, ServiceError when the store fails
   */
  async send(target: WriteTarget, action: TransactWriteAction, guards: readonly GuardAction[]): Promise<Sent> {
    const TransactItems = [action, ...guards.map((guard) => guard.action)];
    for (let tries = 1; ; tries += 1) {
      await pauseBeforeTry(tries, { operation: 'unique_constraint' });
      const result = await target.session.execute('TransactWriteItems', { TransactItems });
      if (result.ok) return { attributes: undefined, writeUnits: result.meta.writeUnits };
      const [own, ...others] = cancellationReasons(result.error);
      if (own?.Code === 'ConditionalCheckFailed') return { refused: own.Item };
      const taken = guards.find((guard, at) => guard.kind === 'take' && others[at]?.Code === 'ConditionalCheckFailed');
      if (!taken) throw storeException(result.error);
      if (!(await freeAbandoned(target, taken))) throw notUnique(taken);
    }
  }

  /** The object that holds a unique value, or ObjectNotFound. The empty text of an optional field is a value like any other: it has a guard row. */
  async find(
    model: ModelClass,
    constraintName: string,
    value: unknown,
    options: FindOptions = {},
  ): Promise<ModelClass['prototype'] | ObjectNotFound> {
    const definition = definitionOf(model);
    const constraint = this.#all.find((candidate) => candidate.constraintName === constraintName);
    if (!constraint) return unknownConstraint(definition, constraintName);
    const { name, field } = constraint;
    if (field.isUnset(value)) throw new ValidationError(`${name} value is required`, name, value);
    const expected = field.expectation(value);
    if (expected !== null) throw new ValidationError(`${name}: expected ${expected}`, name, value);
    const session = openSession(model, undefined, options);
    const { row, readUnits } = await readRow(session, guardKey(definition, session.tenant, constraint, value), {
      consistent: options.consistent === true,
      bypassCache: options.bypassCache === true,
    });
    const id = row?.['relatedId'];
    return id && 'S' in id ? session.within(() => findById(model, id.S, options)) : new ObjectNotFound(readUnits);
  }
}

/** The error of a value that another object has. */
export function notUnique({ constraint }: GuardAction): ConditionalError {
  return new ConditionalError(`${constraint.name} must be unique`, 'unique_constraint', constraint.constraintName, 'conflict');
}

/** A value that one object gives up and another one takes in the same transaction: one action, as DynamoDB takes one per row. */
export function handedOver(released: GuardAction, taken: GuardAction): GuardAction {
  if (!('Put' in taken.action)) return taken;
  const { Put } = taken.action;
  return {
    ...taken,
    action: {
      Put: {
        ...Put,
        ConditionExpression: `${Put.ConditionExpression} OR relatedId = :released`,
        ExpressionAttributeValues: { ...Put.ExpressionAttributeValues, ':released': { S: released.owner } },
      },
    },
  };
}
