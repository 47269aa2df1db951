/** Objects made of rows. */
import type { AttributeMap } from '../dynamo/types.ts';
import { InstanceState, STATE } from './instance-state.ts';
import { definitionOf } from './model-registry.ts';
import type { ModelClass } from './model-class.ts';
import { ObjectNotFound } from './object-not-found.ts';
import type { RowRead } from './read-rows.ts';
import { currentForm } from './row-version.ts';
import type { StoreSession } from './store-session.ts';

/** An instance of a row; of a part of one when `isPartial`. */
export function instanceOf<Model extends ModelClass>(
  model: Model,
  session: StoreSession,
  row: AttributeMap,
  isPartial = false,
): Model['prototype'] {
  const definition = definitionOf(model);
  const construct = model as unknown as new (state: InstanceState) => Model['prototype']; // BaoModel's constructor takes a state in place of data
  return new construct(new InstanceState(definition, session.tenant, currentForm(definition, row), isPartial));
}

/** The object of a row that was read, or ObjectNotFound for none. */
export function objectOf(model: ModelClass, session: StoreSession, { row, readUnits }: RowRead, isPartial: boolean): object {
  if (row === null) return new ObjectNotFound(readUnits);
  const instance = instanceOf(model, session, row, isPartial);
  instance[STATE].consume('read', readUnits);
  return instance;
}
