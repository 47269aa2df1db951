/**
 * Whether an object answers for its part of the tenant's keys. It does from when it is opened until it is closed, and never again after that; a name
 * that was never opened answers for nothing. All of it outlives the instance.
 */
import type { SettingsStorage } from '../settings.ts';
import type { StoreAddress } from '../rpc.ts';
import type { Division } from './division.ts';

/** `next`: the division that has taken over, where it is known. */
type Role = { kind: 'open'; shards: number; sinceMs: number; allHeldUntilMs: number } | { kind: 'closed'; next: Division | null };

export class ShardRole {
  readonly #settings: SettingsStorage;
  #role: Role;

  constructor(settings: SettingsStorage, { epoch, shard }: StoreAddress) {
    this.#settings = settings;
    const stored = settings.load('shard-role');
    const isFirst = epoch === 0 && shard === 0;
    if (stored !== undefined) this.#role = JSON.parse(stored) as Role; // as #save had it
    else this.#role = isFirst ? { kind: 'open', shards: 1, sinceMs: 0, allHeldUntilMs: 0 } : { kind: 'closed', next: null };
  }

  get isOpen(): boolean {
    return this.#role.kind === 'open';
  }

  /** Of an open one. */
  get shards(): number {
    return this.#role.kind === 'open' ? this.#role.shards : 1;
  }

  /** When it was opened; 0: at no special time. */
  get openedAtMs(): number {
    return this.#role.kind === 'open' ? this.#role.sinceMs : 0;
  }

  /** Until when any of its keys may be in doubt since then. */
  get allHeldUntilMs(): number {
    return this.#role.kind === 'open' ? this.#role.allHeldUntilMs : 0;
  }

  /** Of a closed one. */
  get next(): Division | null {
    return this.#role.kind === 'closed' ? this.#role.next : null;
  }

  /**
   * Whether it still answers, for those who have awaited something.
   *
   * @throws what the storage throws once another instance has taken over, whatever is asked of it (Cloudflare, Durable Objects, Known issues: "Global uniqueness")
   */
  isStillOpen(): boolean {
    this.#settings.load('shard-role');
    return this.isOpen;
  }

  open(shards: number, nowMs: number, allHeldUntilMs: number): void {
    this.#save({ kind: 'open', shards, sinceMs: nowMs, allHeldUntilMs });
  }

  /** Nothing that has not left leaves any more. @param next what takes over */
  close(next: Division): void {
    this.#save({ kind: 'closed', next });
  }

  #save(role: Role): void {
    this.#settings.save('shard-role', JSON.stringify(role));
    this.#role = role;
  }
}
