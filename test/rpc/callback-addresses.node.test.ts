import { afterEach, expect, it, vi } from 'vitest';
import { CallbackAddresses } from '../../src/rpc/callback-addresses.ts';

const SCOPE = { tenant: 'acme', app: 'shop' };

afterEach(() => vi.useRealTimers());

it('the address of a deployment is the one that was known while the database is not reached', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.spyOn(console, 'error').mockReturnValue(undefined);
  const find = vi.fn<() => Promise<string | null>>().mockRejectedValue(new Error('D1 is overloaded'));
  const addresses = new CallbackAddresses(find);
  expect(await addresses.get(SCOPE, 'dpl_1')).toBeNull();
  find.mockResolvedValueOnce('https://one.test');
  expect(await addresses.get(SCOPE, 'dpl_1')).toBe('https://one.test');
  vi.advanceTimersByTime(60_000);
  expect(await addresses.get(SCOPE, 'dpl_1')).toBe('https://one.test');
  find.mockResolvedValueOnce('https://two.test');
  expect(await addresses.get(SCOPE, 'dpl_1')).toBe('https://two.test');
  find.mockResolvedValueOnce(null);
  expect(await addresses.renew(SCOPE, 'dpl_1')).toBeNull();
});
