/** The relays of a stream as its object knows them: those that have readers are told what is appended, one call at a time, and no others. */
import { logError } from '../../lib/log.ts';
import { isJsonType } from './append-rules.ts';
import { joinBatches } from './message-batch.ts';
import type { RelayLoad } from './placement.ts';
import type { RelayedState, StreamRelayRpc } from './relay-rpc.ts';
import type { MessageBatch } from './rpc.ts';

/** The table of the relays that have readers, for the object's migrations. */
export const RELAYS_SCHEMA = 'CREATE TABLE relays (relay INTEGER PRIMARY KEY)';

/** As much is kept for a relay that is still busy with what came before; what is more it reads from the log. */
const PENDING_LENGTH = 256 * 1024;

export interface RelaysOptions {
  sql: SqlStorage;
  relay: (index: number) => StreamRelayRpc;
  /** the stream as it is; null when it is no more */
  state: () => RelayedState | null;
}

interface Link extends RelayLoad {
  /** how far the relay has come; null: nobody knows, since this object has been away */
  position: number | null;
  /** grows whenever the relay says that it has readers: an answer that it has none may be older than that */
  attached: number;
  isBusy: boolean;
  /** what was announced while it was busy, one batch behind the other */
  pending: { from: number; batches: MessageBatch[] } | null;
}

export class Relays {
  readonly #options: RelaysOptions;
  #known: Map<number, Link> | null = null;
  /** everything before it was announced */
  #announcedUntil = 0;

  constructor(options: RelaysOptions) {
    this.#options = options;
  }

  get loads(): RelayLoad[] {
    return [...this.#links.values()];
  }

  get readers(): number {
    return this.loads.reduce((sum, { readers }) => sum + readers, 0);
  }

  /** A reader is sent to the relay. */
  place(index: number): void {
    this.#link(index).readers++;
  }

  /** The relay has readers, and is told what happens from now on. */
  attach(index: number): void {
    this.#link(index).attached++;
    this.#options.sql.exec('INSERT OR IGNORE INTO relays VALUES (?)', index);
  }

  detach(index: number): void {
    this.#links.delete(index);
    this.#options.sql.exec('DELETE FROM relays WHERE relay = ?', index);
  }

  /** Tells the relays of messages from this position on. */
  announce(from: number, messages: MessageBatch): void {
    this.#announcedUntil = from + messages.lengths.length;
    for (const link of this.#links.values()) {
      this.#keep(link, from, messages);
      void this.#tell(link); // a relay that cannot be reached is told by the alarm
    }
  }

  /** Tells those relays that may not have heard everything. @returns whether one of them could not be reached */
  async settle(): Promise<boolean> {
    const next = this.#options.state()?.next ?? 0;
    this.#announcedUntil = Math.max(this.#announcedUntil, next);
    const late = [...this.#links.values()].filter(({ position }) => position === null || position < next);
    const told = await Promise.all(late.map((link) => this.#tell(link)));
    return told.includes(false);
  }

  /** Whether a relay has readers, when it is asked now. One that does not answer may have some. */
  async haveReaders(): Promise<boolean> {
    for (const link of this.#links.values()) link.position = null; // tells each, which answers how many it has
    return (await this.settle()) || this.readers > 0;
  }

  /** Ends the sockets of a credential at all relays. */
  async endSockets(credential: string): Promise<void> {
    await Promise.all([...this.#links.keys()].map((index) => this.#options.relay(index).endSockets(credential)));
  }

  /** Ends all sockets of all relays. */
  async closeAll(code: number, reason: string): Promise<void> {
    const indexes = [...this.#links.keys()];
    for (const index of indexes) this.detach(index);
    const closed = await Promise.allSettled(indexes.map((index) => this.#options.relay(index).closeAll(code, reason)));
    for (const result of closed) if (result.status === 'rejected') logError('a relay could not be closed', result.reason);
  }

  /** What a relay has to be told. Of what is too much the relay finds out that it is missing, and reads it from the log. */
  #keep(link: Link, from: number, messages: MessageBatch): void {
    link.pending ??= { from, batches: [] };
    link.pending.batches.push(messages);
    const length = link.pending.batches.reduce((sum, { data }) => sum + data.length, 0);
    if (link.isBusy && length > PENDING_LENGTH) link.pending = null;
  }

  /** Tells a relay everything that was announced, while it answers. @returns false when it does not; true also where another call is at it */
  async #tell(link: Link): Promise<boolean> {
    if (link.isBusy) return true;
    link.isBusy = true;
    try {
      do await this.#tellOnce(link);
      while (this.#links.get(link.index) === link && (link.pending || (link.position ?? 0) < this.#announcedUntil));
      return true;
    } catch (error) {
      logError('a relay could not be told', error, { relay: link.index });
      Object.assign(link, { position: null, pending: null });
      return false;
    } finally {
      link.isBusy = false;
    }
  }

  async #tellOnce(link: Link): Promise<void> {
    const state = this.#options.state();
    if (!state) return this.detach(link.index);
    const { pending, attached } = link;
    link.pending = null;
    const messages = pending && joinBatches(pending.batches, isJsonType(state.contentType));
    const next = pending && messages ? pending.from + messages.lengths.length : state.next;
    const { readers, position } = await this.#options.relay(link.index).announce({
      state: { ...state, next, isClosed: state.isClosed && next === state.next },
      from: pending?.from ?? next,
      messages,
    });
    Object.assign(link, { readers, position });
    if (readers === 0 && attached === link.attached) this.detach(link.index);
  }

  #link(index: number): Link {
    const link = this.#links.get(index) ?? newLink(index);
    this.#links.set(index, link);
    return link;
  }

  get #links(): Map<number, Link> {
    this.#known ??= new Map(
      this.#options.sql
        .exec<{ relay: number }>('SELECT relay FROM relays')
        .toArray()
        .map(({ relay }) => [relay, newLink(relay)] as const),
    );
    return this.#known;
  }
}

function newLink(index: number): Link {
  return { index, readers: 0, position: null, attached: 0, isBusy: false, pending: null };
}
