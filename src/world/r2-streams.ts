/** Streams in R2: where each is, and what an isolate remembers of those that it has used. */
import type { ChunkStore } from '../runs/chunk-store.ts';
import { streamSegment, type AppScope } from '../runs/run-address.ts';
import { R2ChunkStore, type StreamHint } from './r2-chunk-store.ts';

const MAX_HINTS = 1_000;
/** Whose streams stand right under `streams/`. */
const ALONE: AppScope = { tenant: 'default', app: 'default' };

const hints = new Map<string, StreamHint>();

/** A stream of an app's runs. */
export function r2Stream(bucket: R2Bucket, scope: AppScope, name: string): ChunkStore {
  const key = r2Folder(scope) + streamSegment(name);
  return new R2ChunkStore({ bucket, key, hint: hintOf(key), sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) });
}

/** What the keys of an app's streams begin with. */
function r2Folder({ tenant, app }: AppScope): string {
  return tenant === ALONE.tenant && app === ALONE.app ? '' : `${tenant}/${app}/`;
}

function hintOf(key: string): StreamHint {
  const known = hints.get(key);
  if (known !== undefined) return known;
  const [oldest] = hints.keys();
  if (hints.size >= MAX_HINTS && oldest !== undefined) hints.delete(oldest);
  const hint = { length: 0, toldAtMs: 0 };
  hints.set(key, hint);
  return hint;
}
