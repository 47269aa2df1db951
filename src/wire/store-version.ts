/**
 * Version tokens: which states of a tenant's objects an answer has seen. `Steamer-Version` carries one to the client and back; what stands in it is the
 * service's business, its text `<epoch>:<shard>.<instance>.<changes>,…`.
 */

/** The state of one object. */
export interface ObjectState {
  shard: number;
  /** names the instance of the object; of two, the later one has the greater name */
  instance: string;
  /** how often what the instance answers from memory had changed by then */
  changes: number;
}

/** States of a tenant's objects, of one division of its keys among them. */
export interface StoreVersion {
  /** counts the divisions */
  epoch: number;
  states: readonly ObjectState[];
}

/** The longest token that is read; beyond it a client has made it up. */
const MAX_TOKEN_LENGTH = 2_048;
const TOKEN = /^(\d{1,9}):((?:\d{1,4}\.[0-9a-z]{1,24}\.\d{1,15}(?:,(?!$)|$))+)$/;

/** What a token says; null for any other text. */
export function parseStoreVersion(token: string): StoreVersion | null {
  const [, epoch, states = ''] = token.length > MAX_TOKEN_LENGTH ? [] : (TOKEN.exec(token) ?? []);
  if (epoch === undefined) return null;
  return {
    epoch: Number(epoch),
    states: states.split(',').map((state) => {
      const [shard, instance = '', changes] = state.split('.');
      return { shard: Number(shard), instance, changes: Number(changes) };
    }),
  };
}

/** The token of a version. */
export function storeVersionToken({ epoch, states }: StoreVersion): string {
  return `${epoch}:${states.map(({ shard, instance, changes }) => `${shard}.${instance}.${changes}`).join(',')}`;
}

/** The token of someone who has seen both versions; one that is none says nothing. */
export function joinedVersion(one: string | undefined, other: string | undefined): string | undefined {
  const [first, second] = [one, other].map((token) => (token === undefined ? null : parseStoreVersion(token)));
  if (!first || !second) return [one, other].find((_token, at) => [first, second][at]);
  if (first.epoch !== second.epoch) return first.epoch > second.epoch ? one : other;
  const states = new Map(first.states.map((state) => [state.shard, state]));
  for (const state of second.states) {
    const known = states.get(state.shard);
    if (known === undefined || isLater(state, known)) states.set(state.shard, state);
  }
  return storeVersionToken({ epoch: first.epoch, states: [...states.values()] });
}

/**
 * Whether what objects said in the states that `asOf` names is no older than anything that whoever has seen `version` has seen of them.
 *
 * @param asOf a token
 */
export function isAtLeast(asOf: string, version: StoreVersion): boolean {
  const said = parseStoreVersion(asOf);
  if (said === null || said.epoch !== version.epoch) return false;
  return said.states.every(({ shard, instance, changes }) => {
    const seen = version.states.find((state) => state.shard === shard);
    // Other instances count their own changes.
    return seen === undefined || (seen.instance === instance && seen.changes <= changes);
  });
}

function isLater(one: ObjectState, other: ObjectState): boolean {
  return one.instance === other.instance ? one.changes > other.changes : one.instance > other.instance;
}
