import { readFile, stat } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { limitsCommand } from '../../src/cli/limits-command.ts';
import { parseLimits } from '../../src/wire/limit-document.ts';
import { DEFAULT_LIMITS } from '../../src/wire/limit-defaults.ts';
import { enterWorkFolder, type WorkFolder } from './work-folder.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
const LIMITS = `policies:
  login:
    limits:
      attempts: { algorithm: sliding-log, limit: 5, window: 15m }
    durability: strict
    failure: closed
overrides:
  - { name: pro, policy: tenant, plan: pro, limits: { rate: { limit: 5000 } } }
ban:
  - address: 203.0.113.0/24
`;

let folder: WorkFolder;
beforeEach(async () => void (folder = await enterWorkFolder()));
afterEach(() => folder.leave());

async function run(...args: string[]): Promise<{ code: number; out: string; errors: string }> {
  const out: string[] = [];
  const errors: string[] = [];
  const code = await limitsCommand(args, { out: (line) => out.push(line), error: (line) => errors.push(line) });
  return { code, out: out.join('\n'), errors: errors.join('\n') };
}

test('limits.yaml becomes a typed module, which a second run leaves alone', async () => {
  await folder.write('limits.yaml', LIMITS);
  expect(await run()).toEqual({ code: 0, out: 'limits from limits.yaml: .bao/limits.ts written', errors: '' });
  const text = await folder.read('.bao/limits.ts');
  expect(text).toContain("import type { LimitsDocument } from 'steamer';");
  const { mtimeMs } = await stat('.bao/limits.ts');
  expect(await run()).toEqual({ code: 0, out: 'limits from limits.yaml: nothing changed', errors: '' });
  expect((await stat('.bao/limits.ts')).mtimeMs).toBe(mtimeMs);
});

test('a JavaScript module has the limits, and no types', async () => {
  await folder.write('own.yaml', LIMITS);
  expect((await run('own.yaml', 'build/limits.mjs')).code).toBe(0);
  const module: { limits: unknown } = await import(`${folder.path}/build/limits.mjs`);
  expect(parseLimits(module.limits, DEFAULT_LIMITS)).toHaveProperty('document');
});

test('an empty file changes nothing of the default limits', async () => {
  await folder.write('limits.yaml', '# nothing yet\n');
  expect((await run()).code).toBe(0);
  expect(await folder.read('.bao/limits.ts')).toContain('export const limits: LimitsDocument = {};');
});

test('--check fails when the module is missing or out of date, and writes nothing', async () => {
  await folder.write('limits.yaml', LIMITS);
  expect(await run('--check')).toEqual({ code: 1, out: '', errors: 'out of date: .bao/limits.ts; run steamer-limits without --check' });
  await expect(folder.read('.bao/limits.ts')).rejects.toThrow('ENOENT');
  await run();
  expect((await run('--check')).code).toBe(0);
});

test('a file that was not generated is never overwritten', async () => {
  await folder.write('limits.yaml', LIMITS);
  await folder.write('.bao/limits.ts', 'export const limits = {};\n');
  expect((await run()).errors).toBe('steamer-limits: .bao/limits.ts was not generated; move it away, or choose another output');
});

test.each([
  [
    'a limit of nothing',
    LIMITS.replace('limit: 5,', 'limit: 0,'),
    'limits.yaml:4:50 policies/login/limits/attempts/limit: expected 1 or more, got 0',
  ],
  ['an unknown key', LIMITS.replace('durability', 'durable'), 'limits.yaml:5:5 policies/login/durable: expected no such key here'],
  [
    'an unknown algorithm',
    LIMITS.replace('sliding-log', 'magic'),
    'limits.yaml:4:30 policies/login/limits/attempts/algorithm: expected an algorithm out of token-bucket, fixed-window, sliding-counter, sliding-log, concurrency and calendar, got "magic"',
  ],
  [
    'a missing window',
    LIMITS.replace(', window: 15m', ''),
    'limits.yaml:4:7 policies/login/limits/attempts/window: expected a time such as "500ms", "10s", "15m", "24h" or "30d", a year at most, got undefined',
  ],
  [
    'an override of no policy',
    LIMITS.replace('policy: tenant', 'policy: tennant'),
    expect.stringContaining('limits.yaml:8:26 overrides/0/policy: expected a policy out of address, tenant'),
  ],
  [
    'a pattern of nobody',
    LIMITS.replace('- address: 203.0.113.0/24', '- {}'),
    'limits.yaml:10:5 ban/0: expected an address, tenant or key',
  ],
  ['a list', '- policies\n', 'limits.yaml:1:1 limits: expected object, got an array'],
  ['YAML that is none', 'policies: [\n', expect.stringMatching(/^limits\.yaml:\d+:\d+ /)],
])('%s is told with file, line and column, and nothing is written', async (_, text, message) => {
  await folder.write('limits.yaml', text);
  expect(await run()).toEqual({ code: 1, out: '', errors: message });
  await expect(folder.read('.bao/limits.ts')).rejects.toThrow('ENOENT');
});

test('a file that is not there is named', async () => {
  expect((await run('none.yaml')).errors).toBe('steamer-limits: none.yaml does not exist');
});

test('the limits.yaml of this project compiles', async () => {
  await folder.write('limits.yaml', await readFile(`${ROOT}/limits.yaml`, 'utf8'));
  expect((await run()).code).toBe(0);
});
