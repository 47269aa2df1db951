/** The sessions of one user, in memory and in its rows. Decides nothing that `session-rules.ts` does not. */
import type { NewSession, Rotation, SessionCheck, SessionListing, SessionProof } from './rpc.ts';
import { SessionRows } from './session-rows.ts';
import {
  begin,
  endsAtMs,
  isLive,
  isOfLastRotation,
  isWorthNoting,
  judgeProof,
  judgeRefresh,
  listing,
  type Session,
  surplus,
} from './session-rules.ts';
import { ToldMemberships } from './told-memberships.ts';

const REFUSED = { kind: 'refused' } as const;

export class Sessions {
  readonly #storage: DurableObjectStorage;
  readonly #rows: SessionRows;
  readonly #memberships: ToldMemberships;
  readonly #byId: Map<string, Session>;
  readonly #onEnd: (id: string) => void;

  /** @param storage with the tables of `schema.ts`. @param onEnd hears of each session that ends, in the turn in which it does */
  constructor(storage: DurableObjectStorage, onEnd: (id: string) => void) {
    this.#storage = storage;
    this.#onEnd = onEnd;
    this.#rows = new SessionRows(storage.sql);
    this.#memberships = new ToldMemberships(storage.sql);
    this.#byId = new Map(this.#rows.all().map((session) => [session.id, session]));
  }

  get isEmpty(): boolean {
    return this.#byId.size === 0;
  }

  get memberships(): ToldMemberships {
    return this.#memberships;
  }

  /** When the first of them ends, null when there is none. */
  get firstEndsAtMs(): number | null {
    return this.isEmpty ? null : Math.min(...[...this.#byId.values()].map(endsAtMs));
  }

  /** @returns whether no live session is of the same device */
  issue(request: NewSession): boolean {
    this.expire(request.atMs);
    const isNewDevice = ![...this.#byId.values()].some(({ device }) => device === request.device);
    for (const { id } of surplus([...this.#byId.values()])) this.revoke(id);
    this.#put(begin(request));
    return isNewDevice;
  }

  check(id: string, shown: SessionProof, tenant: string | null, nowMs: number): SessionCheck {
    const session = this.#live(id, nowMs);
    const proof = session === null ? 'none' : judgeProof(session, shown, nowMs);
    if (session === null || proof === 'none') return REFUSED;
    const hasArrived = session.hasArrived || (typeof shown !== 'string' && isOfLastRotation(session, shown.issuedAtSec));
    if (isWorthNoting(session, nowMs) || hasArrived !== session.hasArrived) this.#put({ ...session, hasArrived, seenAtMs: nowMs });
    return {
      kind: 'live',
      sessionKind: session.kind,
      authenticatedAtMs: proof === 'current' ? session.authenticatedAtMs : 0,
      endsAtMs: endsAtMs(session),
      data: { json: session.data, version: session.dataVersion },
      membership: tenant === null ? null : this.#memberships.of(tenant, nowMs),
    };
  }

  /** Whether a session has this secret, or (of a refresh token) has had it. */
  isOf(id: string, hash: string, nowMs: number): boolean {
    const session = this.#live(id, nowMs);
    if (session === null) return false;
    if (session.kind === 'cookie') return judgeProof(session, hash, nowMs) !== 'none';
    return judgeRefresh(session, hash, hash, (spent) => this.#rows.isSpent(id, spent), nowMs) !== 'refused';
  }

  rotate(id: string, hash: string, newHash: string, nowMs: number): Rotation {
    const session = this.#live(id, nowMs);
    if (session === null || session.kind !== 'token') return REFUSED;
    const kind = judgeRefresh(session, hash, newHash, (spent) => this.#rows.isSpent(id, spent), nowMs);
    if (kind === 'replayed') this.revoke(id);
    if (kind === 'repeated') return { kind, authenticatedAtMs: session.authenticatedAtMs };
    if (kind !== 'rotated') return { kind };
    this.#storage.transactionSync(() => {
      if (session.previousHash !== null) this.#rows.spend(id, session.previousHash);
      const times = { rotatedAtMs: nowMs, seenAtMs: nowMs };
      this.#put({ ...session, ...times, secretHash: newHash, previousHash: session.secretHash, hasArrived: false });
    });
    return { kind, authenticatedAtMs: session.authenticatedAtMs };
  }

  confirm(id: string, newHash: string | null, nowMs: number): void {
    const session = this.#live(id, nowMs);
    if (session === null) return;
    const renewed = newHash === null ? {} : { secretHash: newHash, previousHash: session.secretHash, rotatedAtMs: nowMs };
    this.#put({ ...session, ...renewed, authenticatedAtMs: nowMs });
  }

  list(nowMs: number): SessionListing[] {
    return [...this.#byId.values()]
      .filter((session) => isLive(session, nowMs))
      .toSorted((one, other) => other.startedAtMs - one.startedAtMs)
      .map(listing);
  }

  revoke(id: string): boolean {
    this.#rows.remove(id);
    const didEnd = this.#byId.delete(id);
    if (didEnd) this.#onEnd(id);
    return didEnd;
  }

  revokeAll(except: string | null, newHash: string | null = null): number {
    const kept = except === null ? undefined : this.#byId.get(except);
    if (kept !== undefined && newHash !== null) this.#put({ ...kept, secretHash: newHash, previousHash: null });
    return [...this.#byId.keys()].filter((id) => id !== except && this.revoke(id)).length;
  }

  writeData(id: string, json: string, ifVersion: number, nowMs: number): number | null {
    const session = this.#live(id, nowMs);
    if (session?.dataVersion !== ifVersion) return null;
    this.#put({ ...session, data: json, dataVersion: ifVersion + 1 });
    return ifVersion + 1;
  }

  /** Removes the sessions whose time is over. */
  expire(nowMs: number): void {
    for (const session of this.#byId.values()) if (!isLive(session, nowMs)) this.revoke(session.id);
  }

  #live(id: string, nowMs: number): Session | null {
    const session = this.#byId.get(id);
    return session !== undefined && isLive(session, nowMs) ? session : null;
  }

  #put(session: Session): void {
    this.#rows.put(session);
    this.#byId.set(session.id, session);
  }
}
