/** What tests of an application need in Node: a DynamoDB on this machine, and the Worker with all it is told. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { inject } from 'vitest';
import { localVariables } from './dev-vars.ts';
import { startLocalDynamoDb } from './local-dynamodb.ts';

/** Variables and secrets of the Worker under test. */
export type TestBindings = Record<string, string | string[]>;

declare module 'vitest' {
  interface ProvidedContext {
    steamer: TestBindings;
  }
}

/** Both from the sources and from dist/ the package is two folders up. */
const MIGRATIONS_FOLDER = join(import.meta.dirname, '..', '..', 'migrations', 'accounts');

/** Vitest's `globalSetup`: starts a local DynamoDB, which ends with the tests. */
export async function setup({ provide }: { provide: (name: 'steamer', bindings: TestBindings) => void }): Promise<() => Promise<void>> {
  const dynamo = await startLocalDynamoDb();
  provide('steamer', {
    ...localVariables(),
    DYNAMODB_ENDPOINT: dynamo.endpoint,
    PUBLIC_URL: 'https://steamer.test',
    STEAMER_MIGRATIONS: await migrationStatements(),
  });
  return () => dynamo.stop();
}

/** What `cloudflareTest` takes: the Worker of a wrangler.toml, with its tables on this machine. */
export function workerUnderTest(configPath = './wrangler.toml') {
  return (context: { inject: typeof inject }): { wrangler: { configPath: string }; miniflare: { bindings: TestBindings } } => ({
    wrangler: { configPath },
    miniflare: { bindings: context.inject('steamer') },
  });
}

async function migrationStatements(): Promise<string[]> {
  const names = (await readdir(MIGRATIONS_FOLDER)).filter((name) => name.endsWith('.sql')).toSorted();
  const texts = await Promise.all(names.map((name) => readFile(join(MIGRATIONS_FOLDER, name), 'utf8')));
  return texts.flatMap((text) => text.split('--> statement-breakpoint'));
}
