/** Where the next reader of a stream goes: to the stream's object, or to a relay. Pure. */

/** As many frames one object sends in a second before it is too busy to append: a socket takes some 15 µs for each. */
const FRAMES_PER_SEC = 20_000;
/** Fewer readers than this are too few for a relay of their own. */
const MIN_READERS = 500;
/** More sockets than this one object does not hold, however little there is to say (the platform's limit is 32,768). */
const MAX_READERS = 8_000;
/** A stream has as many relays at most: together with its object they hold half a million readers. */
const MAX_RELAYS = 64;

export interface RelayLoad {
  index: number;
  readers: number;
}

export interface PlacementLoad {
  /** readers of the stream's object itself */
  readers: number;
  relays: readonly RelayLoad[];
  announcementsPerSec: number;
  /** bounds the readers of one object besides */
  readersPerObject?: number | undefined;
}

/**
 * The relay for a reader; null: the stream's own object.
 *
 * How many readers one object is to hold is measured by how often each has to be sent something. The fullest object with room is filled first, so that the others
 * empty as their sockets come to their end: relays grow with readers and messages, and go when there are fewer.
 */
export function placeReader({ readers, relays, announcementsPerSec, readersPerObject = MAX_READERS }: PlacementLoad): number | null {
  const room = Math.min(readersPerObject, MAX_READERS, Math.max(MIN_READERS, Math.floor(FRAMES_PER_SEC / announcementsPerSec)));
  if (readers < room) return null;
  const fullest = relays.filter((relay) => relay.readers < room).toSorted((one, other) => other.readers - one.readers)[0];
  if (fullest) return fullest.index;
  if (relays.length < MAX_RELAYS) return firstFree(relays);
  return relays.toSorted((one, other) => one.readers - other.readers)[0]?.index ?? null;
}

function firstFree(relays: readonly RelayLoad[]): number {
  const taken = new Set(relays.map(({ index }) => index));
  let index = 0;
  while (taken.has(index)) index++;
  return index;
}

/** As long is looked back. */
const WINDOW_MS = 10_000;

/** How often something has happened lately: over a window that moves with the time. Pure. */
export class Rate {
  #beganAtMs = 0;
  #count = 0;
  #before = 0;

  count(nowMs: number): void {
    this.#moveTo(nowMs);
    this.#count++;
  }

  perSecond(nowMs: number): number {
    this.#moveTo(nowMs);
    const share = 1 - (nowMs - this.#beganAtMs) / WINDOW_MS;
    return (this.#count + this.#before * share) / (WINDOW_MS / 1000);
  }

  #moveTo(nowMs: number): void {
    const passed = Math.floor((nowMs - this.#beganAtMs) / WINDOW_MS);
    if (passed === 0) return;
    this.#before = passed === 1 ? this.#count : 0;
    this.#count = 0;
    this.#beganAtMs += passed * WINDOW_MS;
  }
}
