import { applyD1Migrations } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import type { ServiceBindings } from 'steamer';
import { createClient } from 'steamer/client';
import { beforeAll, expect, inject, it } from 'vitest';
import type { ClientModels } from '../.bao/models.ts';

declare global {
  namespace Cloudflare {
    interface Env extends ServiceBindings {}
    interface GlobalProps {
      mainModule: typeof import('../src/worker.ts');
    }
  }
}

const URL_OF_ACME = 'https://{{name}}.test/v1/acme';
const acme = inject('acme');
const { models } = createClient<ClientModels>({
  url: URL_OF_ACME,
  headers: { authorization: `Bearer ${acme.key}` },
  fetch: (input, init) => exports.default.fetch(new Request(input, init)),
});

beforeAll(async () => {
  await applyD1Migrations(env.DB, inject('migrations'));
  await env.DB.batch(acme.statements.map((statement) => env.DB.prepare(statement)));
});

it('has the orders of a customer in their order', async () => {
  const { customerId } = await models.customers.create({ name: 'Ada', email: 'ada@example.com' });
  await models.orders.create({ customerId, total: 990 });
  await models.orders.create({ customerId, total: 1990 });
  const totals = [];
  for await (const { total } of models.orders.list({ index: 'ordersOfCustomer', where: { customerId } })) totals.push(total);
  expect(totals).toEqual([990, 1990]);
});

it('refuses a change that was made from an old version', async () => {
  const made = await models.customers.create({ name: 'Bob', email: 'bob@example.com' });
  await models.customers.update(made.customerId, { name: 'Robert' }, { ifMatch: made.revision });
  const late = models.customers.update(made.customerId, { name: 'Rob' }, { ifMatch: made.revision });
  await expect(late).rejects.toMatchObject({ code: 'precondition_failed' });
});

it('answers nobody without a key', async () => {
  expect((await exports.default.fetch(new Request(`${URL_OF_ACME}/customers`))).status).toBe(401);
});
