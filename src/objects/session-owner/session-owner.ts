/** The object that owns credentials: a user's sessions, or a tenant's API keys. Thin: `Sessions` and `ToldKeys` keep, `session-rules.ts` decides. */
import { DurableObject } from 'cloudflare:workers';
import type { ApiKeyFacts } from '../../wire/api-key-facts.ts';
import { ANY_CREDENTIAL, keyCredential, sessionCredential } from '../../wire/principal.ts';
import { isServed, type TenantStanding } from '../../wire/tenant-standing.ts';
import { Timers } from '../alarms.ts';
import { migrate } from '../migrate.ts';
import { parseTenantOwnerName, streamDirectoryStub } from '../stubs.ts';
import type { StreamDirectoryNamespace } from '../stubs.ts';
import { failuresEndAtMs, noteFailure, takeFailures } from './failures.ts';
import type {
  Issued,
  KeyCheck,
  KeyOwnerRpc,
  Membership,
  NewSession,
  Rotation,
  SessionCheck,
  SessionListing,
  SessionOwnerRpc,
  SessionProof,
} from './rpc.ts';
import { endingForgottenAtMs, forgetEnding, mayBeOvertaken, noteEnding } from './last-ending.ts';
import { forgetPlaces, knowsPlace, notePlace, placesEndAtMs } from './places.ts';
import { MIGRATIONS } from './schema.ts';
import { Sessions } from './sessions.ts';
import { SocketEnds } from './socket-ends.ts';
import { ToldKeys } from './told-keys.ts';
import { ToldStanding } from './told-standing.ts';

/** What was opened with a credential that is no more is ended again after this, where it could not be. */
const SOCKETS_AGAIN_MS = 5_000;

export interface SessionOwnerEnv {
  STREAM_DIRECTORY: StreamDirectoryNamespace;
}

/** What can be asked of an owner of sessions and keys. */
export type SessionOwnerObject = DurableObject<SessionOwnerEnv> & SessionOwnerRpc & KeyOwnerRpc;
/** The class that `defineSessionOwner` makes. */
export type SessionOwnerClass = new (ctx: DurableObjectState, env: SessionOwnerEnv) => SessionOwnerObject;

/** Makes the class of the owners, for `wrangler.toml` to name. An object is named `u:<user>` or `t:<tenant>`. */
export function defineSessionOwner(): SessionOwnerClass {
  return class SessionOwner extends DurableObject<SessionOwnerEnv> implements SessionOwnerRpc, KeyOwnerRpc {
    readonly #timers: Timers<'expire' | 'sockets'>;
    readonly #socketEnds: SocketEnds;
    /** null: an owner of nothing, without tables. To ask one makes none: anybody can make names up. */
    #sessions: Sessions | null = null;
    #keys: ToldKeys | null = null;
    readonly #standing = new ToldStanding();
    /** whether the tenant's sockets are opened, as far as this instance knows */
    #opensSockets = true;

    constructor(ctx: DurableObjectState, env: SessionOwnerEnv) {
      super(ctx, env);
      this.#timers = new Timers(ctx.storage, {
        expire: (nowMs) => this.#expire(nowMs),
        sockets: async (nowMs) => ((await this.#socketEnds.settle()) ? null : nowMs + SOCKETS_AGAIN_MS),
      });
      this.#socketEnds = new SocketEnds(ctx.storage.sql, async (tenant, credential) => {
        await streamDirectoryStub(env.STREAM_DIRECTORY, tenant).endSockets(credential);
      });
      void ctx.blockConcurrencyWhile(async () => {
        if (ctx.storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'sessions'").toArray().length > 0) this.#open();
      });
    }

    async issue(session: NewSession): Promise<Issued> {
      const isNewDevice = this.#open().issue(session);
      const { sql } = this.ctx.storage;
      const failures = takeFailures(sql);
      if (session.placeHash !== null) notePlace(sql, session.placeHash, session.atMs);
      await this.#arm();
      await this.#endSockets();
      return { failures, isNewDevice, mayBeOvertaken: mayBeOvertaken(sql, session.atMs) };
    }

    async check(id: string, proof: SessionProof, tenant: string | null, nowMs: number): Promise<SessionCheck> {
      return this.#sessions?.check(id, proof, tenant, nowMs) ?? { kind: 'refused' };
    }

    async learnMembership(tenant: string, membership: Membership, nowMs: number, source: 'changed' | 'read'): Promise<number> {
      if (this.#sessions === null) return nowMs;
      const { sinceMs, endedSinceMs } = this.#sessions.memberships.learn(tenant, membership, nowMs, source);
      if (endedSinceMs !== null)
        for (const { id } of this.#sessions.list(nowMs)) this.#socketEnds.add(tenant, sessionCredential(id, endedSinceMs));
      await this.#endSockets();
      return sinceMs;
    }

    async rotate(id: string, secretHash: string, newSecretHash: string, nowMs: number): Promise<Rotation> {
      const rotation = this.#sessions?.rotate(id, secretHash, newSecretHash, nowMs) ?? { kind: 'refused' as const };
      await this.#endSockets();
      return rotation;
    }

    async signOut(id: string, secretHash: string, nowMs: number): Promise<void> {
      if (this.#sessions?.isOf(id, secretHash, nowMs) === true) await this.revoke(id);
    }

    async confirm(id: string, newSecretHash: string | null, nowMs: number): Promise<void> {
      this.#sessions?.confirm(id, newSecretHash, nowMs);
    }

    async list(nowMs: number): Promise<SessionListing[]> {
      return this.#sessions?.list(nowMs) ?? [];
    }

    async revoke(id: string): Promise<boolean> {
      const didEnd = this.#sessions?.revoke(id) ?? false;
      await this.#endSockets();
      await this.#endWhenEmpty();
      return didEnd;
    }

    async revokeAll(except: string | null, newSecretHash: string | null = null): Promise<number> {
      const ended = this.#open().revokeAll(except, newSecretHash);
      noteEnding(this.ctx.storage.sql, Date.now());
      await this.#timers.set('expire', this.#nextEndAtMs());
      await this.#endSockets();
      return ended;
    }

    async writeData(id: string, json: string, ifVersion: number, nowMs: number): Promise<number | null> {
      return this.#sessions?.writeData(id, json, ifVersion, nowMs) ?? null;
    }

    async noteFailure(nowMs: number): Promise<void> {
      this.#open();
      noteFailure(this.ctx.storage.sql, nowMs);
      await this.#arm();
    }

    async knowsPlace(placeHash: string, nowMs: number): Promise<boolean> {
      return this.#sessions !== null && knowsPlace(this.ctx.storage.sql, placeHash, nowMs);
    }

    async notePlace(placeHash: string, nowMs: number): Promise<void> {
      this.#open();
      notePlace(this.ctx.storage.sql, placeHash, nowMs);
      await this.#arm();
    }

    async erase(): Promise<void> {
      await this.revokeAll(null);
      const { sql } = this.ctx.storage;
      takeFailures(sql);
      forgetPlaces(sql, Number.MAX_SAFE_INTEGER);
    }

    async checkKey(kid: string, secretHash: string, nowMs: number): Promise<KeyCheck> {
      return this.#keys?.check(kid, secretHash, nowMs) ?? { kind: 'untold', last: null };
    }

    async learnKey(facts: ApiKeyFacts, nowMs: number, source: 'changed' | 'read'): Promise<void> {
      this.#open();
      // A key that was read while its tenant was being suspended may say that it is not.
      const standing = this.#standing.at(nowMs);
      const told = standing === null ? facts : { ...facts, ...standing };
      const isNews = this.#keys?.learn(told, nowMs, source) === true;
      const isOver = facts.revokedAtMs !== null && facts.revokedAtMs <= nowMs;
      if (isNews && isOver && facts.tenant !== null) this.#socketEnds.add(facts.tenant, keyCredential(facts.kid));
      await this.#arm();
      await this.#followStanding(told, nowMs);
      await this.#endSockets();
    }

    async forgetKeys(): Promise<void> {
      this.#keys?.forgetAll();
      await streamDirectoryStub(this.env.STREAM_DIRECTORY, parseTenantOwnerName(this.ctx.id.name)).forgetCredentials();
      await this.#endWhenEmpty();
    }

    async standing(nowMs: number): Promise<TenantStanding | null> {
      return this.#standing.at(nowMs);
    }

    async learnStanding(standing: TenantStanding, nowMs: number, source: 'changed' | 'read'): Promise<void> {
      this.#standing.learn(standing, nowMs, source);
      if (source === 'changed') this.#keys?.learnOfAll(standing, nowMs);
      await this.#followStanding(standing, nowMs, source === 'changed');
    }

    override async alarm(): Promise<void> {
      if (this.#sessions) await this.#timers.run(Date.now());
      await this.#endSockets();
      await this.#endWhenEmpty();
    }

    #open(): Sessions {
      if (this.#sessions === null) {
        migrate(this.ctx.storage, MIGRATIONS);
        this.#sessions = new Sessions(this.ctx.storage, (id) => this.#noteEnd(id));
        this.#keys = new ToldKeys(this.ctx.storage.sql);
      }
      return this.#sessions;
    }

    #noteEnd(session: string): void {
      for (const { tenant, sinceMs } of this.#sessions?.memberships.tenants ?? [])
        this.#socketEnds.add(tenant, sessionCredential(session, sinceMs));
    }

    /** Sockets of a tenant that is suspended end, and are opened again when it goes on. @param isTold also where nothing has changed that this instance knows of */
    async #followStanding(standing: Pick<TenantStanding, 'suspendedAtMs'>, nowMs: number, isTold = false): Promise<void> {
      const opensSockets = isServed(standing, nowMs);
      if (opensSockets === this.#opensSockets && !isTold) return;
      const tenant = parseTenantOwnerName(this.ctx.id.name);
      if (opensSockets) {
        await streamDirectoryStub(this.env.STREAM_DIRECTORY, tenant).admitSockets(ANY_CREDENTIAL);
        if (this.#sessions !== null) this.#socketEnds.drop(tenant, ANY_CREDENTIAL);
      } else {
        this.#open();
        this.#socketEnds.add(tenant, ANY_CREDENTIAL);
        await this.#endSockets();
        await this.#endWhenEmpty();
      }
      this.#opensSockets = opensSockets;
    }

    /** Whatever has just ended, with what was opened with it. */
    async #endSockets(): Promise<void> {
      if (this.#sessions === null || this.#socketEnds.isEmpty) return;
      if (!(await this.#socketEnds.settle())) await this.#timers.set('sockets', Date.now() + SOCKETS_AGAIN_MS);
    }

    #expire(nowMs: number): number | null {
      this.#sessions?.expire(nowMs);
      this.#keys?.expire(nowMs);
      const { sql } = this.ctx.storage;
      if ((failuresEndAtMs(sql) ?? nowMs + 1) <= nowMs) takeFailures(sql);
      forgetPlaces(sql, nowMs);
      forgetEnding(sql, nowMs);
      return this.#nextEndAtMs();
    }

    /** The alarm may come early, as uses move the end of a session on: then it is set anew. */
    async #arm(): Promise<void> {
      if (this.#timers.dueAtMs('expire') === null) await this.#timers.set('expire', this.#nextEndAtMs());
    }

    #nextEndAtMs(): number | null {
      const { sql } = this.ctx.storage;
      const ends = [
        this.#sessions?.firstEndsAtMs,
        this.#keys?.firstDropAtMs,
        failuresEndAtMs(sql),
        placesEndAtMs(sql),
        endingForgottenAtMs(sql),
      ].filter((atMs) => atMs != null);
      return ends.length === 0 ? null : Math.min(...ends);
    }

    async #endWhenEmpty(): Promise<void> {
      if (this.#sessions === null || this.#nextEndAtMs() !== null || !this.#socketEnds.isEmpty) return;
      this.#sessions = null;
      this.#keys = null;
      await this.ctx.storage.deleteAlarm();
      await this.ctx.storage.deleteAll();
    }
  };
}
