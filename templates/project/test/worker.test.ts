import { env, exports } from 'cloudflare:workers';
import type { ServiceBindings } from 'steamer';
import { fakeClock, type TestTenant, testService } from 'steamer/testing';
import { beforeAll, expect, it } from 'vitest';
import { type ClientModels, tableProfile } from '../.bao/models.ts';

declare global {
  namespace Cloudflare {
    interface Env extends ServiceBindings {}
    interface GlobalProps {
      mainModule: typeof import('../src/worker.ts');
    }
  }
}

let acme: TestTenant<ClientModels>;
beforeAll(async () => {
  acme = await testService<ClientModels>({ env, worker: exports.default, tableProfile }).createTenant();
});

it('has the orders of a customer in their order', async () => {
  const { customerId } = await acme.models.customers.create({ name: 'Ada', email: 'ada@example.com' });
  const clock = fakeClock();
  for (const total of [1990, 990]) {
    await acme.models.orders.create({ customerId, total });
    clock.advance(60_000);
  }
  clock.restore();
  const totals = [];
  for await (const { total } of acme.models.orders.list({ index: 'ordersForCustomer', where: { customerId } })) totals.push(total);
  expect(totals).toEqual([1990, 990]);
  const related = await acme.fetch(`/customers/${customerId}/orders`);
  expect(await related.json()).toMatchObject({ items: [{ total: 1990 }, { total: 990 }] });
});

it('refuses a change that was made from an old version', async () => {
  const made = await acme.models.customers.create({ name: 'Bob', email: 'bob@example.com' });
  await acme.models.customers.update(made.customerId, { name: 'Robert' }, { ifMatch: made.revision });
  const late = acme.models.customers.update(made.customerId, { name: 'Rob' }, { ifMatch: made.revision });
  await expect(late).rejects.toMatchObject({ code: 'precondition_failed' });
});

it('lets who may only read change nothing, and answers nobody without a key', async () => {
  const reader = await acme.as({ scopes: ['models:read'] });
  await expect(reader.models.customers.create({ name: 'Eve', email: 'eve@example.com' })).rejects.toMatchObject({ code: 'forbidden' });
  expect((await acme.fetch('/customers', { headers: {} })).status).toBe(401);
});
