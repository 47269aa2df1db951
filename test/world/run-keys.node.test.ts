import { expect, it } from 'vitest';
import { runKey } from '../../src/world/run-keys.ts';

const secret = new Uint8Array(32).fill(7);
const scope = { tenant: 'acme', app: 'shop' };

it('each run has a key of its own, of 32 bytes, which is the same each time', async () => {
  const keys = await Promise.all([
    runKey(secret, scope, 'wrun_1'),
    runKey(secret, scope, 'wrun_2'),
    runKey(secret, { ...scope, app: 'office' }, 'wrun_1'),
    runKey(secret, { ...scope, tenant: 'other' }, 'wrun_1'),
    runKey(new Uint8Array(32).fill(8), scope, 'wrun_1'),
  ]);
  expect(keys.map(({ byteLength }) => byteLength)).toEqual([32, 32, 32, 32, 32]);
  expect(new Set(keys.map(String)).size).toBe(5);
  expect(await runKey(secret, scope, 'wrun_1')).toEqual(keys[0]);
});
