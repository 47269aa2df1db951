/** What transactions and batches do: one action per object, each typed by its model. */
import type { ModelClass } from './model-class.ts';
import type { ChangesOf, ConditionOf, DataOf, FieldNameOf, IdOf, InstanceOf } from './model-types.ts';
import type { ObjectNotFound } from './object-not-found.ts';
import type { Basis } from './replace-basis.ts';
import type { OnlyOption } from './visibility.ts';

/** Something that is done to one object. `Result` is what it comes to: the object where the action knows it whole, else null. */
interface Action<Kind extends string, Result> {
  readonly kind: Kind;
  readonly model: ModelClass;
  /** of the compiler only */
  readonly result?: Result;
}

/** Writes a whole object. */
export interface WholeAction<Kind extends 'create' | 'replace' | 'put', Result = unknown> extends Action<Kind, Result> {
  readonly data: object;
  readonly condition: unknown;
  readonly basis?: Basis | undefined;
}

/** Changes fields of an object. */
export interface UpdateAction extends Action<'update', null>, OnlyOption {
  readonly id: unknown;
  readonly changes: object;
  readonly condition: unknown;
}

/** Deletes an object, or demands that it is there, or is not. */
export interface IdAction<Kind extends 'delete' | 'check' | 'missing'> extends Action<Kind, null>, OnlyOption {
  readonly id: unknown;
  readonly condition: unknown;
}

/** Reads an object. */
export interface ReadAction<Result = unknown> extends Action<'find', Result> {
  readonly id: unknown;
  readonly fields: readonly string[] | undefined;
}

/** An action of `transactWrite`. */
export type TransactionAction =
  | WholeAction<'create' | 'replace'>
  | UpdateAction
  | IdAction<'delete'>
  | IdAction<'check'>
  | IdAction<'missing'>;
/** An action of `batchWrite`. */
export type BatchAction = WholeAction<'put'> | IdAction<'delete'>;

/** What actions come to, in their order. */
export type ResultsOf<Actions extends readonly Action<string, unknown>[]> = {
  -readonly [At in keyof Actions]: Actions[At] extends Action<string, infer Result> ? Result : never;
};

/** The condition of an action, in the syntax of filters. When it does not hold for the row, nothing of the transaction is written. */
export interface ActionOptions<Condition> {
  condition?: Condition | null;
}

/** The options of an action on an object that exists. */
export interface ChangeActionOptions<Condition> extends ActionOptions<Condition>, OnlyOption {}

/** The options of an action that replaces whatever there is. */
export interface ReplaceActionOptions<Condition> extends ActionOptions<Condition> {
  basis?: Basis;
}

/** Makes the actions of `transactWrite`, `transactGet` and `batchWrite`. */
export const actions = {
  /** In a transaction: a new object. Fails when there is one with its key, or a unique value is taken. */
  create<Model extends ModelClass>(
    model: Model,
    data: DataOf<Model>,
    { condition }: ActionOptions<ConditionOf<Model>> = {},
  ): WholeAction<'create', InstanceOf<Model>> {
    return { kind: 'create', model, data, condition };
  },

  /** In a transaction: an object in place of whatever there is; its creation date stays. */
  replace<Model extends ModelClass>(
    model: Model,
    data: DataOf<Model>,
    { condition, basis }: ReplaceActionOptions<ConditionOf<Model>> = {},
  ): WholeAction<'replace', InstanceOf<Model>> {
    return { kind: 'replace', model, data, condition, basis };
  },

  /** In a transaction: changes of an object, which has to exist. */
  update<Model extends ModelClass>(
    model: Model,
    id: IdOf<Model>,
    changes: ChangesOf<Model>,
    { condition, only = null }: ChangeActionOptions<ConditionOf<Model>> = {},
  ): UpdateAction {
    return { kind: 'update', model, id, changes, condition, only };
  },

  /** Deletes an object. In a transaction it has to exist; a batch does not ask, and takes no condition. */
  delete<Model extends ModelClass>(
    model: Model,
    id: IdOf<Model>,
    { condition, only = null }: ChangeActionOptions<ConditionOf<Model>> = {},
  ): IdAction<'delete'> {
    return { kind: 'delete', model, id, condition, only };
  },

  /** In a transaction: an object that is not written has to exist, and to be as `condition` says. */
  check<Model extends ModelClass>(
    model: Model,
    id: IdOf<Model>,
    condition: ConditionOf<Model> | null = null,
    { only = null }: OnlyOption = {},
  ): IdAction<'check'> {
    return { kind: 'check', model, id, condition, only };
  },

  /** In a transaction: there may be no object with this id; none that `only` names. */
  missing<Model extends ModelClass>(model: Model, id: IdOf<Model>, { only = null }: OnlyOption = {}): IdAction<'missing'> {
    return { kind: 'missing', model, id, condition: null, only };
  },

  /** In a batch: an object, whether or not there is one with its key. Nothing of an old one stays, its creation date included. */
  put<Model extends ModelClass>(model: Model, data: DataOf<Model>): WholeAction<'put', InstanceOf<Model>> {
    return { kind: 'put', model, data, condition: null };
  },

  /** In `transactGet`: the object with an id, or these fields of it. */
  find<Model extends ModelClass>(
    model: Model,
    id: IdOf<Model>,
    { fields }: { fields?: readonly FieldNameOf<Model>[] } = {},
  ): ReadAction<InstanceOf<Model> | ObjectNotFound> {
    return { kind: 'find', model, id, fields };
  },
};
