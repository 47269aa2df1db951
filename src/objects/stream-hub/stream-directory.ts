/** Which streams a tenant has: an object per tenant that streams report to, and that has nothing of them but what they report. */
import { DurableObject } from 'cloudflare:workers';
import { SHARED_SOCKET_MAX_STREAMS } from '../../wire/limits.ts';
import { ANY_CREDENTIAL } from '../../wire/principal.ts';
import { STREAM_CLOSE_CODES } from '../../wire/stream-frames.ts';
import { socketsStub } from '../stubs.ts';
import type { StreamHubNamespace, WorkflowRunNamespace } from '../stubs.ts';
import { readUpgradeUrl } from '../upgrade-url.ts';
import { CREDENTIAL_SOCKETS_SCHEMA, CredentialSockets } from './credential-sockets.ts';
import type { DirectoryNews, StreamDirectoryRpc, StreamListing, Watcher } from './directory-rpc.ts';

export interface StreamDirectoryEnv {
  STREAM_HUB: StreamHubNamespace;
  /** where there are workflows */
  WORKFLOW_RUN?: WorkflowRunNamespace;
}

/** What can be asked of a tenant's list of streams. */
export type StreamDirectoryObject = DurableObject<StreamDirectoryEnv> & StreamDirectoryRpc;
/** The class that `defineStreamDirectory` makes. */
export type StreamDirectoryClass = new (ctx: DurableObjectState, env: StreamDirectoryEnv) => StreamDirectoryObject;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS streams (name TEXT PRIMARY KEY, epoch INTEGER NOT NULL, listing TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS used_tickets (id TEXT PRIMARY KEY, expires_at_ms INTEGER NOT NULL) WITHOUT ROWID;
  ${CREDENTIAL_SOCKETS_SCHEMA}`;

/** Behind every name that begins with a prefix: names are of smaller characters. */
const BEHIND_ALL = '\u{10FFFF}';

/** Makes the class of the tenants' directories, for `wrangler.toml` to name. An object is named by its tenant. */
export function defineStreamDirectory(): StreamDirectoryClass {
  return class StreamDirectory extends DurableObject<StreamDirectoryEnv> implements StreamDirectoryRpc {
    /** The tables are there as long as there is something in them: an empty directory stops existing, and a listing of nothing makes none. */
    #hasTables: boolean;
    readonly #credentials: CredentialSockets;

    constructor(ctx: DurableObjectState, env: StreamDirectoryEnv) {
      super(ctx, env);
      const { sql } = ctx.storage;
      this.#credentials = new CredentialSockets(sql, async (name, credential) => {
        await socketsStub(env, { tenant: ctx.id.name ?? '', name }).endSockets(credential);
      });
      this.#hasTables = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'streams'").toArray().length > 0;
      if (this.#hasTables) sql.exec(SCHEMA);
    }

    async report(listing: StreamListing): Promise<void> {
      const { name, next } = listing;
      const { sql } = this.#withTables();
      const known = sql.exec<{ epoch: number }>('SELECT epoch FROM streams WHERE name = ?', name).toArray()[0]?.epoch ?? 0;
      if (next.epoch < known) return;
      sql.exec('INSERT OR REPLACE INTO streams VALUES (?, ?, ?)', name, next.epoch, JSON.stringify(listing));
      if (next.epoch > known) this.#tellWatchers(name);
    }

    async forget(name: string, epoch: number): Promise<void> {
      if (!this.#hasTables) return;
      this.ctx.storage.sql.exec('DELETE FROM streams WHERE name = ? AND epoch <= ?', name, epoch);
      await this.#endWhenEmpty();
    }

    async list(prefix: string, after: string, limit: number): Promise<StreamListing[]> {
      if (!this.#hasTables) return [];
      const rows = this.ctx.storage.sql.exec<{ listing: string }>(
        'SELECT listing FROM streams WHERE name >= ? AND name < ? AND name > ? ORDER BY name LIMIT ?',
        prefix,
        prefix + BEHIND_ALL,
        after,
        limit,
      );
      return rows.toArray().map(({ listing }) => JSON.parse(listing) as StreamListing); // written by `report`
    }

    async totals(): Promise<{ streams: number; sockets: number }> {
      if (!this.#hasTables) return { streams: 0, sockets: 0 };
      const sums = "SELECT COUNT(*) AS streams, COALESCE(SUM(json_extract(listing, '$.readers')), 0) AS sockets FROM streams";
      return this.ctx.storage.sql.exec<{ streams: number; sockets: number }>(sums).one();
    }

    async useTicket(id: string, expiresAtMs: number): Promise<boolean> {
      const isFirst = this.#withTables().sql.exec('INSERT OR IGNORE INTO used_tickets VALUES (?, ?)', id, expiresAtMs).rowsWritten > 0;
      await this.#wakeNoLaterThan(expiresAtMs);
      return isFirst;
    }

    async noteSocket(credential: string, stream: string, untilMs: number): Promise<boolean> {
      this.#withTables();
      if (!this.#credentials.note(credential, stream, untilMs)) return false;
      await this.#wakeNoLaterThan(untilMs);
      return true;
    }

    async endSockets(credential: string): Promise<void> {
      this.#withTables();
      this.#credentials.end(credential, Date.now());
      for (const socket of this.ctx.getWebSockets())
        if ([watcherOf(socket).credential, ANY_CREDENTIAL].includes(credential))
          socket.close(STREAM_CLOSE_CODES.revoked, 'the key or session is no more');
      await this.#wakeNoLaterThan(await this.#credentials.settle(Date.now()));
    }

    async admitSockets(credential: string): Promise<void> {
      if (this.#hasTables) this.#credentials.admit(credential);
    }

    async forgetCredentials(): Promise<void> {
      if (!this.#hasTables) return;
      this.#credentials.forgetAll();
      await this.#endWhenEmpty();
    }

    /** A socket that is told of the streams of a prefix: at once of those that there are, and then of each that comes. */
    override async fetch(request: Request): Promise<Response> {
      const watcher = readUpgradeUrl(request.url) as Watcher; // the service's word
      if (this.#hasTables && this.#credentials.isEnded(watcher.credential)) return new Response(null, { status: 401 });
      const { 0: client, 1: server } = new WebSocketPair();
      this.ctx.acceptWebSocket(server);
      server.serializeAttachment(watcher);
      const there = await this.list(watcher.prefix, '', SHARED_SOCKET_MAX_STREAMS + 1);
      server.send(JSON.stringify({ there: there.map(({ name }) => name) } satisfies DirectoryNews));
      return new Response(null, { status: 101, webSocket: client });
    }

    override webSocketClose(socket: WebSocket): void {
      socket.close(STREAM_CLOSE_CODES.end); // else it is answered only when the object hibernates
    }

    override async alarm(): Promise<void> {
      if (!this.#hasTables) return;
      const { sql } = this.ctx.storage;
      sql.exec('DELETE FROM used_tickets WHERE expires_at_ms <= ?', Date.now());
      const ticketsAtMs = sql.exec<{ at_ms: number | null }>('SELECT MIN(expires_at_ms) AS at_ms FROM used_tickets').one().at_ms;
      await this.#wakeNoLaterThan(ticketsAtMs);
      await this.#wakeNoLaterThan(await this.#credentials.settle(Date.now()));
      await this.#endWhenEmpty();
    }

    async #wakeNoLaterThan(atMs: number | null): Promise<void> {
      const setAtMs = await this.ctx.storage.getAlarm();
      if (atMs !== null && (setAtMs === null || setAtMs > atMs)) await this.ctx.storage.setAlarm(atMs);
    }

    #withTables(): DurableObjectStorage {
      if (!this.#hasTables) this.ctx.storage.sql.exec(SCHEMA);
      this.#hasTables = true;
      return this.ctx.storage;
    }

    #tellWatchers(name: string): void {
      const news = JSON.stringify({ came: name } satisfies DirectoryNews);
      for (const socket of this.ctx.getWebSockets()) {
        if (name.startsWith(watcherOf(socket).prefix) && socket.readyState === WebSocket.OPEN) socket.send(news);
      }
    }

    async #endWhenEmpty(): Promise<void> {
      const { sql } = this.ctx.storage;
      const isEmpty = ['streams', 'used_tickets', 'sockets', 'ended'].every(
        (table) => sql.exec(`SELECT 1 FROM ${table} LIMIT 1`).toArray().length === 0,
      );
      if (!isEmpty) return;
      this.#hasTables = false;
      await this.ctx.storage.deleteAll();
    }
  };
}

function watcherOf(socket: WebSocket): Watcher {
  return socket.deserializeAttachment() as Watcher; // written by `fetch`
}
