/**
 * Loads the leaderboard's data through the REST API: one PUT per item, so that it can be run again. That replaces every item by its values of
 * the data file and makes none twice; `createdAt` stays, `updatedAt` and `revision` are new.
 *
 *     node examples/leaderboard/load.ts --url http://127.0.0.1:8787 --tenant demo --key stm_live_…
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

/** The file: lists of items by the path of their model. */
interface Leaderboard {
  systems: Record<string, unknown>[];
  benchmarks: Record<string, unknown>[];
  results: Record<string, unknown>[];
}

export interface LoadOptions {
  /** where the service runs, "http://127.0.0.1:8787" */
  url: string;
  tenant: string;
  /** an API key of the tenant with the scope models:write */
  key: string;
  /** called after each item */
  onProgress?: (loaded: number, total: number) => void;
}

/** The service has answered that it does not take an item: its models are others than the data's, or the key may not write them. */
export class ItemRefused extends Error {
  override readonly name = 'ItemRefused';
}

const DATA_FILE = new URL('data/benchmarks.json', import.meta.url);
const PARALLEL_REQUESTS = 8;
const MAX_ATTEMPTS = 5;

/**
 * Creates or replaces every system, benchmark and result of the data file.
 *
 * @returns how many items were loaded
 * @throws ItemRefused when the service does not take an item; Error when it cannot be reached or stays busy
 */
export async function loadLeaderboard({ url, tenant, key, onProgress }: LoadOptions): Promise<number> {
  const { systems, benchmarks, results } = JSON.parse(await readFile(DATA_FILE, 'utf8')) as Leaderboard; // the file beside this one
  const total = systems.length + benchmarks.length + results.length;
  let loaded = 0;

  const put = async (path: string, item: Record<string, unknown>) => {
    await putItem(`${url}/v1/${tenant}/${path}`, key, item);
    loaded += 1;
    onProgress?.(loaded, total);
  };

  // Results name a system and a benchmark, so these two come first.
  await inParallel(systems, (system) => put(`systems/${segment(system['systemId'])}`, system));
  await inParallel(benchmarks, (benchmark) => put(`benchmarks/${segment(benchmark['benchmarkId'])}`, benchmark));
  await inParallel(results, (result) => put(`results/${segment(result['benchmarkId'])}/${segment(result['systemId'])}`, result));
  return loaded;
}

/** PUT creates the item or replaces it: the same request twice leaves one item with the same values, so a failed one may simply be sent again. */
async function putItem(itemUrl: string, key: string, item: Record<string, unknown>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const response = await fetch(itemUrl, {
      method: 'PUT',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(item),
    }).catch((cause: unknown) => {
      throw new Error(`PUT ${itemUrl} was not answered; does the service run there?`, { cause });
    });
    const answer = await response.text();
    if (response.ok) return;
    const message = `PUT ${itemUrl} was answered ${response.status}: ${explanation(answer)}`;
    // 503 says that DynamoDB was busy or away, 429 that there were too many requests, and both when to try again.
    const mayRepeat = response.status === 503 || response.status === 429;
    if (!mayRepeat && response.status < 500) throw new ItemRefused(message);
    if (!mayRepeat || attempt === MAX_ATTEMPTS) throw new Error(message);
    await sleep(1_000 * Number(response.headers.get('retry-after') ?? 1));
  }
}

/** What went wrong, out of an answer of application/problem+json: its code, the particulars, and the fields that were refused. */
function explanation(answer: string): string {
  try {
    const problem = JSON.parse(answer) as { code?: string; detail?: string; errors?: unknown }; // as PROTOCOL.md says
    return `${problem.code}: ${problem.detail}${problem.errors === undefined ? '' : ` ${JSON.stringify(problem.errors)}`}`;
  } catch {
    return answer.slice(0, 500);
  }
}

function segment(id: unknown): string {
  return encodeURIComponent(String(id));
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const lane = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: PARALLEL_REQUESTS }, lane));
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      url: { type: 'string', default: 'http://127.0.0.1:8787' },
      tenant: { type: 'string', default: 'demo' },
      key: { type: 'string' },
    },
  });
  if (values.key === undefined) throw new Error('--key is missing: give it an API key of the tenant (npm start prints one)');
  const showProgress = (loaded: number, total: number) => {
    if (process.stdout.isTTY) process.stdout.write(`\r${loaded} of ${total} items`);
  };
  const loaded = await loadLeaderboard({ url: values.url, tenant: values.tenant, key: values.key, onProgress: showProgress });
  console.log(`${process.stdout.isTTY ? '\r' : ''}${loaded} items loaded into ${values.url}/v1/${values.tenant}`);
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
