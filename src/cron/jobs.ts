/** What is removed that nobody asks for any more: codes that are long over, and segments of streams that are no more. */
import { removeExpiredCodes } from '../accounts/index.ts';
import type { StreamHubRpc } from '../objects/index.ts';
import type { MaintenanceJob } from './maintenance.ts';

const DAY_MS = 86_400_000;
/** As long a code can be looked at after it is over. */
const CODES_KEPT_MS = 7 * DAY_MS;
const CODES_AT_ONCE = 500;
const AGAIN = 'again';

export function expiredCodes(db: D1Database, nowMs: () => number): MaintenanceJob {
  return {
    name: 'expired-codes',
    async run() {
      const removed = await removeExpiredCodes(db, nowMs() - CODES_KEPT_MS, CODES_AT_ONCE);
      return { removed, next: removed === CODES_AT_ONCE ? AGAIN : null };
    },
  };
}

/** `streams/{tenant}/{name}/{offset}`: a name has slashes, an offset none. */
const SEGMENT = /^streams\/([^/]+)\/(.+)\/[^/]+$/;
/** A younger one may be of a stream whose object has not written down so far that it has it. */
const SEGMENTS_KEPT_MS = DAY_MS;
const SEGMENTS_AT_ONCE = 500;

/** Segments that were written and never noted, of streams that have ended since. A name that is used again has other keys. */
export function orphanedSegments(
  bucket: Pick<R2Bucket, 'list' | 'delete'>,
  hub: (tenant: string, name: string) => Pick<StreamHubRpc, 'describe'>,
  nowMs: () => number,
): MaintenanceJob {
  return {
    name: 'orphaned-segments',
    async run(cursor) {
      const page = await bucket.list({ prefix: 'streams/', limit: SEGMENTS_AT_ONCE, ...(cursor === null ? {} : { cursor }) });
      const old = page.objects.filter(({ uploaded }) => uploaded.getTime() < nowMs() - SEGMENTS_KEPT_MS).map(({ key }) => key);
      const byStream = Map.groupBy(old, (key) => SEGMENT.exec(key)?.slice(1).join('/') ?? '');
      byStream.delete('');
      let removed = 0;
      for (const [stream, keys] of byStream) {
        const [tenant = '', ...name] = stream.split('/');
        // One that is gone is read by forks.
        if ((await hub(tenant, name.join('/')).describe()).kind !== 'absent') continue;
        await bucket.delete(keys);
        removed += keys.length;
      }
      return { removed, next: page.truncated ? page.cursor : null };
    },
  };
}
