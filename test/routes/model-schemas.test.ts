import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createTenant } from '../setup/rest-client.ts';
import type { RestClient } from '../setup/rest-client.ts';

let acme: RestClient;
beforeAll(async () => {
  acme = await createTenant();
});

type JsonSchema = Parameters<typeof z.fromJSONSchema>[0];

describe('the schema of a model', () => {
  it('is one document: that of an item, with one for each kind of write', async () => {
    const { status, headers, body } = await acme.call('GET', '/models/results/schema');
    expect([status, headers.get('content-type')]).toEqual([200, 'application/schema+json; charset=utf-8']);
    expect(body).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema', title: 'Result', $ref: '#/$defs/read' });
    expect(Object.keys(body.$defs as object)).toEqual(['read', 'create', 'replace', 'update']);
  });

  it('takes what the routes take and give, and refuses what they refuse', async () => {
    const { $defs } = (await acme.call('GET', '/models/systems/schema')).body as { $defs: Record<string, JsonSchema> };
    const fits = (use: string, value: unknown) => z.fromJSONSchema($defs[use] ?? true).safeParse(value).success;
    const good = { systemId: 'a', name: 'A' };
    const created = await acme.call('POST', '/systems', good);
    expect([created.status, fits('create', good), fits('read', created.body), fits('replace', created.body)]).toEqual([
      201,
      true,
      true,
      true,
    ]);
    for (const bad of [{ name: 'no id' }, { ...good, colour: 1 }, { ...good, createdAt: '2026-01-01T00:00:00Z' }, { ...good, name: '' }]) {
      expect([(await acme.call('POST', '/systems', bad)).status, fits('create', bad)], JSON.stringify(bad)).toEqual([400, false]);
    }
    expect([(await acme.call('PATCH', '/systems/a', { kind: null })).status, fits('update', { kind: null })]).toEqual([200, true]);
    expect([(await acme.call('PATCH', '/systems/a', { systemId: 'b' })).status, fits('update', { systemId: 'b' })]).toEqual([400, false]);
  });

  it('is there for each model, and for nothing else', async () => {
    expect((await acme.call('GET', '/models/colours/schema')).status).toBe(404);
    expect((await acme.call('GET', '/models/systems/schema?use=read')).status).toBe(400);
    expect((await acme.call('GET', '/models')).body.models[0]).toMatchObject({
      name: 'System',
      uniqueConstraints: {},
      isIterable: true,
      search: { fields: ['name', 'kind', 'licence'], caseSensitive: false, minTermLength: 1 },
    });
  });
});
