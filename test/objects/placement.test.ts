import { afterEach, expect, it } from 'vitest';
import { placedStub } from '../../src/objects/placement.ts';
import { fileLedgerStub } from '../../src/objects/stubs.ts';
import { env } from 'cloudflare:workers';

const { process } = globalThis as unknown as { process: { env: Record<string, string | undefined> } };
const { ENVIRONMENT } = process.env;
afterEach(() => {
  process.env['OBJECT_PLACEMENT'] = undefined;
  process.env['ENVIRONMENT'] = ENVIRONMENT;
});
/** Says which object it was asked for. */
const namespace = (where: string) => ({
  getByName: (name: string, options?: object) => `${where}/${name} ${JSON.stringify(options)}`,
  jurisdiction: (jurisdiction: string) => namespace(jurisdiction),
});

it('of an object is what the rules say for its tenant, and without rules it is none', async () => {
  expect(ENVIRONMENT).toBe('development');
  expect(placedStub(namespace(''), 'acme', 'x')).toBe('/x undefined');
  process.env['OBJECT_PLACEMENT'] = '[{"tenants":"eu-*","jurisdiction":"eu","locationHint":"weur"}]';
  expect(placedStub(namespace(''), 'acme', 'x')).toBe('/x undefined');
  expect(placedStub(namespace(''), 'eu-1', 'x')).toBe('/x {"locationHint":"weur"}');
  expect(await fileLedgerStub(env.FILE_LEDGER, 'eu-placed').list('', 1)).toMatchObject({ files: [] });
  process.env['ENVIRONMENT'] = 'production';
  expect(placedStub(namespace(''), 'eu-1', 'x')).toBe('eu/x {"locationHint":"weur"}');
  expect(placedStub(namespace(''), null, 'x')).toBe('/x undefined');
});
