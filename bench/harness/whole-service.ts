/** The whole service as Miniflare takes it, which has what raw workerd has not: D1, KV, R2 and Queues. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Miniflare } from 'miniflare';
import { serviceCompatibilityDate } from '../../dev/workerd/worker-config.ts';
import { serviceVars } from './run-benchmark.ts';
import { bundleWorker } from './workerd.ts';

const WASM = '@phi-ag/argon2/argon2.wasm';
const OBJECTS = ['TENANT_STORE', 'STREAM_HUB', 'STREAM_DIRECTORY', 'STREAM_RELAY', 'RATE_LIMITER', 'SESSION_OWNER'];

/**
 * The options of a Worker that makes a service, whose accounts are in `DB`.
 *
 * @param worker a file of `workers/`, without the ending
 * @param objects bindings of the objects that it has besides a service's
 */
export async function wholeService(worker: string, ...objects: readonly string[]) {
  const classOf = (binding: string) => binding.toLowerCase().replaceAll(/(?:^|_)(.)/g, (_, letter: string) => letter.toUpperCase());
  return {
    modules: [
      { type: 'ESModule' as const, path: 'worker.js', contents: await bundleWorker(worker) },
      { type: 'CompiledWasm' as const, path: WASM, contents: readFileSync(createRequire(import.meta.url).resolve(WASM)) },
    ],
    compatibilityDate: serviceCompatibilityDate(),
    bindings: {
      ...serviceVars('http://127.0.0.1:9'),
      ENVIRONMENT: 'development',
      SIGNING_KEYS: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
    },
    durableObjects: Object.fromEntries([...OBJECTS, ...objects].map((name) => [name, { className: classOf(name), useSQLite: true }])),
    queueProducers: { MAIL_QUEUE: 'steamer-mail', ERASURE_QUEUE: 'steamer-erasures' },
  };
}

/** Makes the tables of a folder of `migrations/`. @returns the database */
export async function migrated(miniflare: Miniflare, binding: string, folder: string) {
  const path = new URL(`../../migrations/${folder}/`, import.meta.url);
  const database = await miniflare.getD1Database(binding);
  const files = readdirSync(path).filter((file) => file.endsWith('.sql'));
  for (const file of files.toSorted())
    for (const statement of readFileSync(new URL(file, path), 'utf8').split('--> statement-breakpoint'))
      await database.prepare(statement).run();
  return database;
}
