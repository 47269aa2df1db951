/** Where a reader that stays begins. */
import type { ServiceError } from '../lib/errors.ts';
import type { StreamHubStub } from '../objects/stubs.ts';
import type { StreamFrom, StreamPosition } from '../wire/stream-offset.ts';
import { missing, readRefused } from './stream-refusals.ts';

/** The position that `from` is at the moment, and the type of what is read there. @throws ServiceError `not_found`, `gone` */
export async function locate(hub: StreamHubStub, from: StreamFrom): Promise<{ contentType: string; position: StreamPosition }> {
  const result = await hub.describe();
  if (result.kind !== 'stream') throw missing(result);
  const { contentType, first, next } = result.state;
  if (from === 'now') return { contentType, position: next };
  return { contentType, position: from === 'start' ? first : from };
}

/** The position alone: one that is known already is looked at by the object that takes the reader. @throws ServiceError `not_found`, `gone` */
export async function positionOf(hub: StreamHubStub, from: StreamFrom): Promise<StreamPosition> {
  return typeof from === 'string' ? (await locate(hub, from)).position : from;
}

/** Why the object does not take a reader: what it says to others who read from there. */
export async function whyNotTaken(hub: StreamHubStub, from: StreamPosition): Promise<ServiceError> {
  const result = await hub.read(from, 0);
  return result.kind === 'part' ? missing({ kind: 'absent' }) : readRefused(result);
}
