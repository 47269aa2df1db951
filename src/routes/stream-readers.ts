/** Which streams a principal may read. */
import type { GuardedModel } from '../access/index.ts';
import type { TableProfile } from '../dynamo/index.ts';
import { ServiceError } from '../lib/errors.ts';
import { changesStream } from '../wire/item-changes.ts';
import type { Principal } from '../wire/principal.ts';

/** Whether a principal may read the stream of this name. */
export type StreamReaders = (principal: Principal | null, name: string) => boolean;

/** Changes of a model have whole items: they are for those who may read all of every item, and models at all. */
export function streamReaders(models: ReadonlyMap<string, GuardedModel>): StreamReaders {
  const modelOf = new Map(Array.from(models.values(), (model) => [changesStream(model.description.path), model]));
  return (principal, name) => {
    const model = modelOf.get(name);
    return model === undefined || (principal?.scopes.includes('models:read') === true && model.mayReadAll(principal));
  };
}

/** The names of the streams of changes that models ask for. */
export function changesStreams(models: ReadonlyMap<string, GuardedModel>, { models: profiles }: TableProfile): ReadonlySet<string> {
  const told = Object.values(profiles).filter(({ changes }) => changes);
  return new Set(told.map(({ name }) => changesStream(models.get(name)?.description.path ?? name)));
}

/** The error of who reads a stream that is not for it. */
export function notForYou(name: string): ServiceError {
  return new ServiceError('forbidden', `The stream ${name} is for those who may read all of every item of the model (scope models:read).`);
}
