/** Which streams a tenant has: an object per tenant that streams report to, and that has nothing of them but what they report. */
import { DurableObject } from 'cloudflare:workers';
import type { StreamDirectoryRpc, StreamListing } from './directory-rpc.ts';

export type StreamDirectoryObject = DurableObject<object> & StreamDirectoryRpc;
export type StreamDirectoryClass = new (ctx: DurableObjectState, env: object) => StreamDirectoryObject;

const SCHEMA = 'CREATE TABLE IF NOT EXISTS streams (name TEXT PRIMARY KEY, epoch INTEGER NOT NULL, listing TEXT NOT NULL) WITHOUT ROWID';

/** Behind every name that begins with a prefix: names are of smaller characters. */
const BEHIND_ALL = '\u{10FFFF}';

/** Makes the class of the tenants' directories, for `wrangler.toml` to name. An object is named by its tenant. */
export function defineStreamDirectory(): StreamDirectoryClass {
  return class StreamDirectory extends DurableObject<object> implements StreamDirectoryRpc {
    /** The table is there as long as a stream is: an empty directory stops existing, and a listing of nothing makes none. */
    #hasTable: boolean;

    constructor(ctx: DurableObjectState, env: object) {
      super(ctx, env);
      this.#hasTable = ctx.storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'streams'").toArray().length > 0;
    }

    async report(listing: StreamListing): Promise<void> {
      if (!this.#hasTable) this.ctx.storage.sql.exec(SCHEMA);
      this.#hasTable = true;
      this.ctx.storage.sql.exec(
        `INSERT INTO streams VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET epoch = excluded.epoch, listing = excluded.listing
         WHERE excluded.epoch >= epoch`,
        listing.name,
        listing.next.epoch,
        JSON.stringify(listing),
      );
    }

    async forget(name: string, epoch: number): Promise<void> {
      if (!this.#hasTable) return;
      const { sql } = this.ctx.storage;
      sql.exec('DELETE FROM streams WHERE name = ? AND epoch <= ?', name, epoch);
      if (sql.exec('SELECT 1 FROM streams LIMIT 1').toArray().length > 0) return;
      this.#hasTable = false;
      await this.ctx.storage.deleteAll();
    }

    async list(prefix: string, after: string, limit: number): Promise<StreamListing[]> {
      if (!this.#hasTable) return [];
      const rows = this.ctx.storage.sql.exec<{ listing: string }>(
        'SELECT listing FROM streams WHERE name >= ? AND name < ? AND name > ? ORDER BY name LIMIT ?',
        prefix,
        prefix + BEHIND_ALL,
        after,
        limit,
      );
      return rows.toArray().map(({ listing }) => JSON.parse(listing) as StreamListing); // written by `report`
    }
  };
}
