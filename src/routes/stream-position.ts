/** Where a reader that stays begins. */
import type { StreamHubStub } from '../objects/stubs.ts';
import type { StreamFrom, StreamPosition } from '../wire/stream-offset.ts';
import { missing } from './stream-refusals.ts';

/** The position that `from` is at the moment, and the type of what is read there. @throws ServiceError `not_found`, `gone` */
export async function locate(hub: StreamHubStub, from: StreamFrom): Promise<{ contentType: string; position: StreamPosition }> {
  const result = await hub.describe();
  if (result.kind !== 'stream') throw missing(result);
  const { contentType, next } = result.state;
  if (from === 'now') return { contentType, position: next };
  return { contentType, position: from === 'start' ? { ...next, position: 0 } : from };
}
