import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CommandError } from '../../src/cli/accounts-database.ts';
import { completeDevVars } from '../../src/cli/dev-vars.ts';
import { diagnose } from '../../src/cli/doctor.ts';
import { initProject } from '../../src/cli/init-project.ts';

const before = process.cwd();
const folder = mkdtempSync(join(tmpdir(), 'steamer-doctor-'));
const HERE = { isRemote: false, environment: null };
beforeAll(async () => {
  await initProject(join(folder, 'my-app'), { dependency: null, isDryRun: false });
  process.chdir(join(folder, 'my-app'));
});
afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true });
});

it('names the secrets that a new project has not yet on this machine, and nothing when they are there', async () => {
  const [problem = '', ...others] = await diagnose(HERE);
  expect(others).toEqual([]);
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'SIGNING_KEYS'])
    expect(problem).toContain(`${name} is missing (npx wrangler secret put ${name}; locally in .dev.vars)`);
  completeDevVars('.dev.vars');
  expect(await diagnose(HERE)).toEqual([]);
});

it('names the ids and secrets that an environment on Cloudflare has not', async () => {
  const listing = (...names: string[]) => {
    const stdout = JSON.stringify(names.map((name) => ({ name, type: 'secret_text' })));
    return () => Promise.resolve({ exitCode: 0, stdout, stderr: '' });
  };
  const production = { isRemote: true, environment: 'production' };
  const problems = await diagnose(production, listing('AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'));
  expect(problems).toEqual([
    expect.stringMatching(/^DB has no id yet .*npx wrangler d1 create/),
    expect.stringMatching(/^KV has no id yet .*npx wrangler kv namespace create/),
    'The Worker is not configured: SIGNING_KEYS is missing (npx wrangler secret put SIGNING_KEYS; locally in .dev.vars)',
  ]);
  const all = listing('AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'SIGNING_KEYS', 'ACCESS_TOKEN_KEYS');
  expect(await diagnose(production, all)).toHaveLength(2);
  const refused = () => Promise.resolve({ exitCode: 1, stdout: '', stderr: 'not logged in' });
  await expect(diagnose(production, refused)).rejects.toThrow('wrangler secret list failed: not logged in');
});

it('says which environments there are where one is asked for that is not', async () => {
  const unknown = diagnose({ isRemote: false, environment: 'nowhere' });
  await expect(unknown).rejects.toThrow(CommandError);
  await expect(unknown).rejects.toThrow('["staging","production"]');
});

it('names the migrations that D1 lacks, and what accounts need to send mail', async () => {
  const toml = readFileSync('wrangler.toml', 'utf8');
  const production = toml.slice(toml.indexOf('[env.production.secrets]'));
  const withAccounts = production
    .replace('PUBLIC_URL = ""', 'PUBLIC_URL = "https://app.example.com"')
    .replace(/database_id = ".*"/, 'database_id = "d1"');
  writeFileSync('wrangler.toml', toml.replace(production, withAccounts));
  const names = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'SIGNING_KEYS'];
  const cloudflare = (listed: string, secrets: readonly string[]) => (args: readonly string[]) => {
    const stdout = args[0] === 'd1' ? listed : JSON.stringify(secrets.map((name) => ({ name })));
    return Promise.resolve({ exitCode: 0, stdout, stderr: '' });
  };
  const remote = { isRemote: true, environment: 'production' };
  const problems = await diagnose(remote, cloudflare('│ 0008_passkeys.sql │\n│ 0009_tenant-configs.sql │', names));
  expect(problems.filter((problem) => !problem.startsWith('KV'))).toEqual([
    'DB lacks 2 migrations (npx wrangler d1 migrations apply DB --remote --env production)',
    expect.stringMatching(/^MAIL_FROM is missing \(vars in wrangler.toml/),
    expect.stringMatching(/^MAIL_API_KEY is missing \(npx wrangler secret put MAIL_API_KEY/),
  ]);
  writeFileSync('wrangler.toml', toml.replace(production, withAccounts.replace('MAIL_FROM = ""', 'MAIL_FROM = "a@example.com"')));
  const rest = await diagnose(remote, cloudflare('No migrations to apply!', [...names, 'MAIL_API_KEY']));
  expect(rest.filter((problem) => !problem.startsWith('KV'))).toEqual([]);
  writeFileSync('wrangler.toml', toml);
});

it('wants no keys of AWS where the Worker reads them from the Secrets Store', async () => {
  const toml = readFileSync('wrangler.toml', 'utf8');
  writeFileSync(
    'wrangler.toml',
    `${toml}\n[[env.production.secrets_store_secrets]]\nbinding = "AWS_CREDENTIALS"\nstore_id = "s"\nsecret_name = "aws"\n`,
  );
  const run = () => Promise.resolve({ exitCode: 0, stdout: '[{"name":"SIGNING_KEYS"}]', stderr: '' });
  const problems = await diagnose({ isRemote: true, environment: 'production' }, run);
  expect(problems.filter((problem) => problem.includes('AWS_'))).toEqual([]);
  writeFileSync('wrangler.toml', toml);
});

it('names a binding that is missing, unless the service can do without', async () => {
  const toml = readFileSync('wrangler.toml', 'utf8');
  writeFileSync(
    'wrangler.toml',
    toml.replace('"STREAM_HUB"', '"OTHER"').replace('"METRICS"', '"NUMBERS"').replace('"MAIL_QUEUE"', '"POST"'),
  );
  expect(await diagnose(HERE)).toEqual([
    'STREAM_HUB is missing ([[durable_objects.bindings]] with name = "STREAM_HUB" in wrangler.toml)',
    'MAIL_QUEUE is missing ([[queues.producers]] with binding = "MAIL_QUEUE" in wrangler.toml, after npx wrangler queues create <name>)',
  ]);
  rmSync('wrangler.toml');
  await expect(diagnose(HERE)).rejects.toThrow('Expected a wrangler.toml in this folder');
});
