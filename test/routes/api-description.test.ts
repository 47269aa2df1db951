import { beforeAll, describe, expect, it } from 'vitest';
import models, { tableProfile } from '../../.bao/models.ts';
import { createService } from '../../src/service.ts';
import { call, createTenant } from '../setup/rest-client.ts';
import type { RestClient } from '../setup/rest-client.ts';
import { createClients } from './access-models.ts';
import type { Clients } from './access-models.ts';

interface Operation {
  operationId: string;
  security: object[];
  requestBody?: { required: boolean; content: Record<string, { schema: object }> };
}
type Paths = Record<string, Record<string, Operation>>;

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
let acme: RestClient;
let clients: Clients;

beforeAll(async () => {
  acme = await createTenant();
  clients = await createClients();
});

const described = async (client: RestClient) => (await client.call('GET', '/openapi.json')).body;
const operations = (paths: Paths) =>
  Object.entries(paths).flatMap(([path, at]) => Object.keys(at).map((method) => `${method.toUpperCase()} ${path}`));

describe('the description of the API', () => {
  it('has every route of the table, with the tenant in its paths', async () => {
    const { routes } = createService({ models, tableProfile });
    const { openapi, paths, servers } = await described(acme);
    const expected = routes.map(({ method, path }) => `${method} ${path.replace(':tenant', acme.tenant).replaceAll(/:(\w+)\+?/g, '{$1}')}`);
    expect([openapi, servers]).toEqual(['3.1.0', [{ url: 'https://steamer.test' }]]);
    expect(operations(paths).toSorted()).toEqual(expected.toSorted());
  });

  it('names each operation once, and says what it takes and who may call it', async () => {
    const { paths } = await described(acme);
    const all = Object.values(paths as Paths).flatMap((at) => METHODS.flatMap((method) => at[method] ?? []));
    expect(new Set(all.map(({ operationId }) => operationId)).size).toBe(all.length);
    const at = (path: string, method: string) => (paths as Paths)[path]?.[method];
    const systems = at(`/v1/${acme.tenant}/systems`, 'post');
    expect(systems).toMatchObject({
      operationId: 'postSystems',
      tags: ['systems'],
      security: [{ bearer: ['models:write'] }, { session: [] }],
      requestBody: { required: true, content: { 'application/json': { schema: { $ref: '#/components/schemas/SystemCreate' } } } },
      responses: { 201: {}, default: { content: { 'application/problem+json': {} } } },
    });
    expect(at(`/v1/${acme.tenant}/files/{id}`, 'put')?.requestBody?.content).toHaveProperty('*/*');
    expect(at('/v1/auth/logout', 'post')?.requestBody?.required).toBe(false);
    expect(at('/healthz', 'get')?.security).toEqual([]);
  });

  it('shows to each caller what that caller may use of the models', async () => {
    const [key, ada, nobody] = await Promise.all([clients.key, clients.ada, clients.nobody].map(described));
    const at = (path: string) => `/v1/${clients.tenant}/${path}`;
    expect(operations(key.paths)).toContain(`POST ${at('people')}`);
    expect(operations(ada.paths)).not.toContain(`POST ${at('people')}`);
    expect(operations(ada.paths)).toEqual(expect.arrayContaining([`PATCH ${at('people/{id}')}`, `POST ${at('reports')}`]));
    expect(Object.keys(ada.components.schemas.Person.properties)).not.toContain('token');
    expect(Object.keys(nobody.components.schemas).toSorted()).toEqual(['Page', 'Problem']);
    expect(JSON.stringify(nobody)).not.toMatch(/#.{1,30}(?:Person|Secret)|remark/);
    for (const { paths } of [key, ada, nobody]) expect(JSON.stringify(paths)).not.toContain('/secrets');
  });

  it('is there for everybody with the tenant as a parameter, without models that are not public', async () => {
    const { status, body } = await call(null, '/openapi.json');
    expect(status).toBe(200);
    expect(operations(body.paths)).toEqual(expect.arrayContaining(['POST /v1/auth/login', 'GET /v1/{tenant}/files', 'GET /openapi.json']));
    expect(body.paths).not.toHaveProperty('/v1/{tenant}/systems');
  });
});
