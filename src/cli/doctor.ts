/** `steamer doctor`: what a service lacks before it is started or deployed, and how each is set. */
import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { unstable_readConfig as readConfig } from 'wrangler';
import { type Environment, readEnvironment } from '../edge/env.ts';
import { howToBind, howToSet } from '../edge/how-to-set.ts';
import { ServiceError } from '../lib/errors.ts';
import { type ServiceBinding, SERVICE_BINDINGS } from '../wire/service-bindings.ts';
import { CommandError, type DatabaseLocation } from './accounts-database.ts';
import { runWrangler, type WranglerOutcome } from './wrangler.ts';

/** What of wrangler's configuration is looked at; its own type needs the Workers' types, which Node code has not. */
interface Config {
  configPath?: string;
  vars: Record<string, unknown>;
  d1_databases: { binding: string; database_id?: string }[];
  durable_objects: { bindings: { name: string }[] };
  kv_namespaces: { binding: string; id?: string }[];
  r2_buckets: { binding: string }[];
  queues: { producers?: { binding: string }[] };
  analytics_engine_datasets: { binding: string }[];
  secrets_store_secrets?: { binding: string }[];
}

type Run = (args: readonly string[]) => Promise<WranglerOutcome>;

/** Secrets that the Worker needs a value of, whatever it is. */
const TEXTS = /^(?:AWS_|MAIL_API_KEY$)/;

/**
 * Checks wrangler.toml of the working folder, and the secrets: those of .dev.vars, or on Cloudflare, there with the migrations of D1, too.
 *
 * @param run runs `wrangler <args>` to its end; default `runWrangler`
 * @returns a sentence for each thing that is missing or wrong, with what sets it
 * @throws CommandError when there is no wrangler.toml, or no such environment in it, or Cloudflare does not say which secrets there are
 */
export async function diagnose({ isRemote, environment }: Omit<DatabaseLocation, 'persistTo'>, run: Run = runWrangler): Promise<string[]> {
  const config = configOf(environment);
  if (config.configPath === undefined) throw new CommandError('Expected a wrangler.toml in this folder');
  const secrets = isRemote ? await remoteSecrets(environment, run) : localSecrets();
  return [
    ...missingBindings(config),
    ...(isRemote ? idsOfNothing(config) : []),
    ...(isRemote ? await missingMigrations(config, environment, run) : []),
    ...wrongVariables({ ...config.vars, ...secrets, ...storedSecrets(config) }),
  ];
}

/** wrangler says itself what is wrong with its file, and which environments that has. */
function configOf(environment: string | null): Config {
  try {
    const config: unknown = readConfig({ env: environment ?? undefined }, { hideWarnings: true });
    return config as Config; // see Config
  } catch (error) {
    throw new CommandError(error instanceof Error ? error.message.trim() : String(error), { cause: error });
  }
}

function missingBindings(config: Config): string[] {
  const there = new Set([
    ...config.durable_objects.bindings.map(({ name }) => name),
    ...[config.d1_databases, config.kv_namespaces, config.r2_buckets, config.queues.producers ?? [], config.analytics_engine_datasets]
      .flat()
      .map(({ binding }) => binding),
  ]);
  return Object.entries<ServiceBinding>(SERVICE_BINDINGS)
    .filter(([name, { isOptional }]) => isOptional !== true && !there.has(name))
    .map(([name, { kind }]) => `${name} is missing (${howToBind(name, kind)})`);
}

/** A new project's ids are zeroes, which only this machine takes. */
function idsOfNothing(config: Config): string[] {
  const databases = config.d1_databases.map(({ binding, database_id: id }) => ({ binding, id, kind: 'd1' as const }));
  const namespaces = config.kv_namespaces.map(({ binding, id }) => ({ binding, id, kind: 'kv' as const }));
  return [...databases, ...namespaces]
    .filter(({ id }) => isOfNothing(id))
    .map(({ binding, kind }) => `${binding} has no id yet (${howToBind(binding, kind)})`);
}

function isOfNothing(id = ''): boolean {
  return id === '' || id.startsWith('00000000');
}

/** wrangler lists by their files those that a database has not yet. */
async function missingMigrations(config: Config, environment: string | null, run: Run): Promise<string[]> {
  const flags = ['--remote', ...(environment === null ? [] : ['--env', environment])];
  const databases = config.d1_databases.filter(({ database_id: id }) => !isOfNothing(id));
  const problems = databases.map(async ({ binding }) => {
    const { exitCode, stdout, stderr } = await run(['d1', 'migrations', 'list', binding, ...flags]);
    if (exitCode !== 0) return [`${binding} cannot be looked at: ${stderr.trim() || stdout.trim()}`];
    const count = stdout.match(/\b\d{4}_[\w-]+\.sql\b/g)?.length ?? 0;
    return count === 0 ? [] : [`${binding} lacks ${count} migrations (npx wrangler d1 migrations apply ${binding} ${flags.join(' ')})`];
  });
  return (await Promise.all(problems)).flat();
}

/** In the words of the Worker, which reads the same at its first request. */
function wrongVariables(variables: Record<string, unknown>): string[] {
  try {
    return missingOfMail(readEnvironment(variables));
  } catch (error) {
    if (error instanceof ServiceError) return [error.message];
    throw error;
  }
}

/** Accounts send mail, of which the Worker finds out only when there is one to send. */
function missingOfMail({ environment, publicUrl, mail: { provider, from, apiKey } }: Environment): string[] {
  if (publicUrl === null || environment === 'development') return [];
  if (provider === 'outbox')
    return [`MAIL_PROVIDER keeps mail instead of sending it (${howToSet('MAIL_PROVIDER', false)}: email, resend or sendgrid)`];
  return [
    ...(from === '' ? [`MAIL_FROM is missing (${howToSet('MAIL_FROM', false)})`] : []),
    ...(provider !== 'email' && !apiKey ? [`MAIL_API_KEY is missing (${howToSet('MAIL_API_KEY', true)})`] : []),
  ];
}

/** Bindings by which the Worker reads a secret whenever it needs it. */
function storedSecrets({ secrets_store_secrets: stored = [] }: Config): Record<string, object> {
  return Object.fromEntries(stored.map((secret) => [secret.binding, secret]));
}

function localSecrets(): Record<string, string | undefined> {
  return existsSync('.dev.vars') ? parseEnv(readFileSync('.dev.vars', 'utf8')) : {};
}

/** Cloudflare tells the names of secrets and not their values, for which something of their form stands here. */
async function remoteSecrets(environment: string | null, run: Run): Promise<Record<string, string>> {
  const flags = environment === null ? [] : ['--env', environment];
  const { exitCode, stdout, stderr } = await run(['secret', 'list', '--format', 'json', ...flags]);
  if (exitCode !== 0) throw new CommandError(`wrangler secret list failed: ${stderr.trim() || stdout.trim()}`);
  const listed = JSON.parse(stdout) as { name: string }[]; // as wrangler writes it
  const needed = listed.filter(({ name }) => TEXTS.test(name) || name === 'SIGNING_KEYS');
  return Object.fromEntries(needed.map(({ name }) => [name, name === 'SIGNING_KEYS' ? `set:${btoa('x'.repeat(32))}` : 'set']));
}
