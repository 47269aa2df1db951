import { describe, expect, it } from 'vitest';
import { accessOf, type ApiDocument, boundsOf, exampleOf, found, groupsOf, kindOf } from '../../../console/pages/reference/api.ts';
import { clientLineOf } from '../../../console/pages/reference/client-line.ts';

const operation = { parameters: [], responses: {}, security: [{ bearer: ['models:read'] }, { session: [] }] };
const DOCUMENT: ApiDocument = {
  paths: {
    '/v1/auth/tenants': { get: { ...operation, operationId: 'getAuthTenants', summary: 'The tenants', tags: ['auth'] } },
    '/v1/acme/members': { get: { ...operation, operationId: 'getMembers', summary: 'The members', tags: ['members'] } },
    '/v1/acme/models/teas/schema': { get: { ...operation, operationId: 'getTeaSchema', summary: 'The schema', tags: ['models'] } },
    '/v1/acme/teas/{id}': {
      get: { ...operation, operationId: 'getTea', summary: 'Reads a Tea', tags: ['teas'] },
      patch: {
        ...operation,
        operationId: 'patchTea',
        summary: 'Changes a Tea',
        tags: ['teas'],
        parameters: [{ name: 'If-Match', in: 'header', schema: { type: 'string' } }],
      },
    },
  },
  components: {
    schemas: {
      Tea: {
        type: 'object',
        required: ['name', 'leaves', 'id'],
        properties: {
          id: { type: 'string', readOnly: true },
          name: { type: 'string', minLength: 1 },
          leaves: { type: 'array', items: { $ref: '#/components/schemas/Leaf' }, maxItems: 3 },
          sugar: { type: 'boolean' },
        },
      },
      Leaf: { type: 'object', properties: { kind: { enum: ['green', 'black'] } } },
    },
  },
};
const TEA = { $ref: '#/components/schemas/Tea' };

describe('the API reference', () => {
  it('has the routes by noun: those of models first, those of no tenant last', () => {
    expect(groupsOf(DOCUMENT).map(({ name, routes }) => [name, routes.length])).toEqual([
      ['teas', 2],
      ['members', 1],
      ['models', 1],
      ['auth', 1],
    ]);
  });

  it('finds routes by words of the method, the path, the summary and the parameters', () => {
    const ids = (search: string) => found(groupsOf(DOCUMENT), search).flatMap(({ routes }) => routes.map(({ operationId }) => operationId));
    expect(ids('get tea')).toEqual(['getTea', 'getTeaSchema']);
    expect(ids('IF-MATCH')).toEqual(['patchTea']);
    expect(ids('coffee')).toEqual([]);
    expect(ids('')).toHaveLength(5);
  });

  it('says in words what a value is, and who may call', () => {
    expect(kindOf({ type: 'array', items: TEA })).toBe('array of Tea');
    expect(kindOf({ anyOf: [{ type: 'string' }, { type: 'null' }] })).toBe('string or null');
    expect(boundsOf({ type: 'integer', minimum: 1, maximum: 100 })).toEqual(['at least 1', 'at most 100']);
    const [{ routes: [route] } = { routes: [] }] = groupsOf(DOCUMENT);
    if (route === undefined) throw new Error('no route');
    expect(accessOf(route)).toBe('the scope models:read');
    expect(accessOf({ ...route, security: [] })).toBe('anybody');
    expect(accessOf({ ...route, security: [{ bearer: [] }, { session: [] }] })).toBe('whoever has signed in');
    expect(accessOf({ ...route, security: [{ bearer: ['operator'] }] })).toBe('operators');
  });

  it('makes a body of what has to be in it, without what the service writes', () => {
    expect(exampleOf(DOCUMENT, TEA)).toEqual({ name: '…', leaves: [{ kind: 'green' }] });
  });

  it.each([
    ['teas', 'getTea', undefined, "const item = await steamer.models.teas.get('…');"],
    ['teas', 'patchTea', { name: "it's" }, "const item = await steamer.models.teas.update('…', { name: \"it's\" });"],
    ['members', 'getMembers', undefined, "const answer = await steamer.request('GET', '/members');"],
    ['auth', 'getAuthTenants', undefined, "const answer = await session.request('GET', '/tenants');"],
  ])('writes the call of a route of %s with the client: %s', (group, id, body, line) => {
    const route = groupsOf(DOCUMENT)
      .find(({ name }) => name === group)
      ?.routes.find(({ operationId }) => operationId === id);
    if (route === undefined) throw new Error('no route');
    expect(clientLineOf({ route, tenant: 'acme', models: new Set(['teas']), body })).toBe(line);
  });
});
