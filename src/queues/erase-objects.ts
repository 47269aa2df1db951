/** What a tenant has in objects and in R2, for its erasure: its store, its streams and their segments, its files. */
import type { FileLedgerRpc, StoreOperator, StreamDirectoryRpc, StreamHubRpc } from '../objects/index.ts';
import type { EraseStep } from '../wire/erasure.ts';
import { fileKeyPrefix } from '../wire/files.ts';

const STREAMS_AT_ONCE = 20;
const FILES_AT_ONCE = 50;
const AGAIN = 'again';
/** Writes that have left end within seconds. */
const WRITES_CHECKED_AFTER_MS = 200;

/** The store takes no more writes, and those that are under way have ended: no row comes after those that are removed. */
export function endWrites(store: StoreOperator): EraseStep {
  return {
    name: 'writes',
    async erase(tenant) {
      const { writesUnderWay } = await store.setReadOnly(tenant, true);
      if (writesUnderWay === 0) return { removed: 0, next: null };
      await new Promise((resolve) => setTimeout(resolve, WRITES_CHECKED_AFTER_MS));
      return { removed: 0, next: AGAIN };
    },
  };
}

/** The store's journal, idempotency keys and snapshot. */
export function eraseStore(store: StoreOperator): EraseStep {
  return {
    name: 'store',
    async erase(tenant) {
      await store.erase(tenant);
      return { removed: 1, next: null };
    },
  };
}

/** How streams are reached. */
export interface ErasedStreams {
  directory(tenant: string): Pick<StreamDirectoryRpc, 'list' | 'forget'>;
  hub(tenant: string, name: string): Pick<StreamHubRpc, 'remove'>;
}

/** One stream after the other, until the directory has none: the source of forks is there until they are gone. */
export function eraseStreams({ directory, hub }: ErasedStreams): EraseStep {
  return {
    name: 'streams',
    async erase(tenant, position) {
      const streams = await directory(tenant).list('', position ?? '', STREAMS_AT_ONCE);
      let removed = 0;
      for (const { name, next } of streams) {
        const { kind } = await hub(tenant, name).remove();
        if (kind === 'removed') removed++;
        // Listed, and not there: its object ended before the directory heard of it.
        else if (kind === 'absent') await directory(tenant).forget(name, next.epoch);
      }
      const last = streams.at(-1);
      if (last !== undefined) return { removed, next: last.name };
      const isEmpty = position === null || (await directory(tenant).list('', '', 1)).length === 0;
      return { removed, next: isEmpty ? null : '' };
    },
  };
}

/** Segments that a stream has left behind, as one that was interrupted. */
export function eraseSegments(bucket: R2Bucket): EraseStep {
  return {
    name: 'segments',
    async erase(tenant) {
      const { objects, truncated } = await bucket.list({ prefix: `streams/${tenant}/` });
      if (objects.length > 0) await bucket.delete(objects.map(({ key }) => key));
      return { removed: objects.length, next: truncated ? AGAIN : null };
    },
  };
}

/** Files by their ledger, and then what R2 has besides. An upload that is under way is ended by the ledger, within an hour. */
export function eraseFiles(ledger: (tenant: string) => Pick<FileLedgerRpc, 'list' | 'remove'>, bucket: R2Bucket): EraseStep {
  return {
    name: 'files',
    async erase(tenant) {
      const { files } = await ledger(tenant).list('', FILES_AT_ONCE);
      for (const { id } of files) await ledger(tenant).remove(id);
      if (files.length > 0) return { removed: files.length, next: AGAIN };
      const { objects, truncated } = await bucket.list({ prefix: fileKeyPrefix(tenant) });
      if (objects.length > 0) await bucket.delete(objects.map(({ key }) => key));
      return { removed: objects.length, next: truncated ? AGAIN : null };
    },
  };
}
