import { beforeAll, describe, expect, inject, it } from 'vitest';
import { proxyControl } from '../setup/proxy-control.ts';
import { call, createTenant } from '../setup/rest-client.ts';
import type { RestClient } from '../setup/rest-client.ts';

let acme: RestClient;
beforeAll(async () => {
  acme = await createTenant();
});

const nested = (depth: number): string => '{"$not":'.repeat(depth) + '{"name":"x"}' + '}'.repeat(depth);
const good = { systemId: 'x', name: 'x' };

interface Case {
  what: string;
  method?: string;
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
  status: number;
  code: string;
  says: RegExp;
}

const CASES: Case[] = [
  {
    what: 'malformed JSON',
    method: 'POST',
    path: '/systems',
    body: '{"systemId":',
    status: 400,
    code: 'invalid_json',
    says: /Expected a JSON body/,
  },
  { what: 'a body that is no object', method: 'POST', path: '/systems', body: [1], status: 400, code: 'invalid_input', says: /object/ },
  { what: 'an unknown model', path: '/nonsense', status: 404, code: 'not_found', says: /models/ },
  {
    what: 'an unknown field',
    method: 'POST',
    path: '/systems',
    body: { ...good, colour: 'red' },
    status: 400,
    code: 'unknown_field',
    says: /colour/,
  },
  {
    what: 'a wrong type',
    method: 'POST',
    path: '/systems',
    body: { ...good, name: 7 },
    status: 400,
    code: 'invalid_input',
    says: /name.*string.*7|name.*string.*number/,
  },
  {
    what: 'a wrong date',
    method: 'PUT',
    path: '/results/a/b',
    body: { value: 1, machine: 'm', measuredAt: 'soon' },
    status: 400,
    code: 'invalid_input',
    says: /measuredAt.*"soon"/,
  },
  {
    what: 'a missing required field',
    method: 'POST',
    path: '/systems',
    body: { systemId: 'x' },
    status: 400,
    code: 'invalid_input',
    says: /name/,
  },
  {
    what: 'a read-only field',
    method: 'PATCH',
    path: '/systems/x',
    body: { createdAt: '2026-01-01' },
    status: 400,
    code: 'invalid_input',
    says: /createdAt/,
  },
  {
    what: 'a key that is not the one in the path',
    method: 'PUT',
    path: '/systems/x',
    body: { systemId: 'y', name: 'x' },
    status: 400,
    code: 'invalid_input',
    says: /"x".*"y"/,
  },
  {
    what: 'a change of the key',
    method: 'PATCH',
    path: '/systems/x',
    body: { systemId: 'y' },
    status: 400,
    code: 'invalid_input',
    says: /systemId/,
  },
  { what: 'an id of the wrong shape', path: '/systems/%FF', status: 400, code: 'invalid_input', says: /percent-encoded/ },
  {
    what: 'an id longer than a key may be',
    path: `/systems/${'x'.repeat(2100)}`,
    status: 400,
    code: 'invalid_input',
    says: /2,?048|bytes/,
  },
  {
    what: 'an item above 400 KB',
    method: 'POST',
    path: '/systems',
    body: { ...good, version: 'x'.repeat(410_000) },
    status: 413,
    code: 'item_too_large',
    says: /409,?600|400/,
  },
  {
    what: 'a body above the limit',
    method: 'POST',
    path: '/systems',
    body: { ...good, version: 'x'.repeat(1_048_577) },
    status: 413,
    code: 'body_too_large',
    says: /1048576/,
  },
  {
    what: 'another content type',
    method: 'POST',
    path: '/systems',
    body: 'a=1',
    headers: { 'content-type': 'text/plain' },
    status: 415,
    code: 'unsupported_media_type',
    says: /text\/plain/,
  },
  {
    what: 'a filter nested 10,000 deep',
    path: `/systems?index=allSystems&filter=${encodeURIComponent(nested(10_000))}`,
    status: 400,
    code: 'invalid_input',
    says: /characters/,
  },
  {
    what: 'a filter nested 20 deep',
    path: `/systems?index=allSystems&filter=${encodeURIComponent(nested(20))}`,
    status: 400,
    code: 'invalid_filter',
    says: /16/,
  },
  { what: 'a filter that is no JSON', path: '/systems?index=allSystems&filter=name', status: 400, code: 'invalid_filter', says: /JSON/ },
  {
    what: 'a filter on an unknown field',
    path: '/systems?index=allSystems&filter=%7B%22colour%22%3A1%7D',
    status: 400,
    code: 'invalid_filter',
    says: /colour/,
  },
  {
    what: 'a filter with an unknown operator',
    path: '/systems?index=allSystems&filter=%7B%22name%22%3A%7B%22%24like%22%3A1%7D%7D',
    status: 400,
    code: 'invalid_filter',
    says: /\$like/,
  },
  {
    what: 'an index that does not exist',
    path: '/systems?index=byColour',
    status: 400,
    code: 'unknown_index',
    says: /byColour.*systemsByKind/,
  },
  { what: 'no index', path: '/systems', status: 400, code: 'unknown_index', says: /allSystems/ },
  { what: 'no partition', path: '/systems?index=systemsByKind', status: 400, code: 'invalid_input', says: /kind/ },
  { what: 'a limit of 0', path: '/systems?index=allSystems&limit=0', status: 400, code: 'invalid_input', says: /1 to 1000.*"0"/ },
  {
    what: 'a limit of 10^9',
    path: '/systems?index=allSystems&limit=1000000000',
    status: 400,
    code: 'invalid_input',
    says: /1 to 1000.*"1000000000"/,
  },
  { what: 'an unknown order', path: '/systems?index=allSystems&order=up', status: 400, code: 'invalid_input', says: /asc, desc.*"up"/ },
  { what: 'an unknown parameter', path: '/systems?index=allSystems&colour=red', status: 400, code: 'invalid_input', says: /colour/ },
  { what: 'an unknown sort operator', path: '/systems?index=allSystems&name[like]=x', status: 400, code: 'invalid_input', says: /like/ },
  { what: 'a parameter given twice', path: '/systems?index=allSystems&limit=1&limit=2', status: 400, code: 'invalid_input', says: /once/ },
  {
    what: 'an unknown relation',
    path: '/results/a/b?include=colour',
    status: 400,
    code: 'invalid_input',
    says: /benchmark, system|system, benchmark/,
  },
  {
    what: 'a body nested 100,000 deep',
    method: 'POST',
    path: '/systems/batch-get',
    body: `{"ids":[${'['.repeat(100_000)}${']'.repeat(100_000)}]}`,
    status: 400,
    code: 'invalid_json',
    says: /40 levels/,
  },
  {
    what: 'a filter of 5,000 arrays',
    path: `/systems?index=allSystems&filter={"name":${'['.repeat(5000)}${']'.repeat(5000)}}`,
    status: 400,
    code: 'invalid_filter',
    says: /40 levels/,
  },
  {
    what: 'a key that no path can name',
    method: 'POST',
    path: '/systems',
    body: { systemId: '..', name: 'x' },
    status: 400,
    code: 'invalid_input',
    says: /systemId/,
  },
  {
    what: 'a compressed body',
    method: 'POST',
    path: '/systems',
    body: good,
    headers: { 'content-encoding': 'gzip' },
    status: 415,
    code: 'unsupported_media_type',
    says: /gzip/,
  },
  {
    what: 'If-Match together with If-None-Match',
    method: 'PUT',
    path: '/systems/x',
    body: { name: 'x' },
    headers: { 'if-match': '"a"', 'if-none-match': '*' },
    status: 400,
    code: 'invalid_input',
    says: /both/,
  },
  {
    what: 'a parameter where none is taken',
    method: 'DELETE',
    path: '/systems/x?force=1',
    status: 400,
    code: 'invalid_input',
    says: /force/,
  },
  { what: 'a search for nothing', path: '/systems/search', status: 400, code: 'invalid_input', says: /\?q: expected words/ },
  { what: 'a search for punctuation', path: '/systems/search?q=!!', status: 400, code: 'invalid_input', says: /at least 1 letters/ },
  {
    what: 'a search for 21 words',
    path: `/systems/search?q=${Array.from({ length: 21 }, (_, n) => `w${n}`).join('+')}`,
    status: 400,
    code: 'invalid_input',
    says: /at most 20 terms, got 21/,
  },
  {
    what: 'a search with an unknown operator',
    path: '/systems/search?q=x&operator=xor',
    status: 400,
    code: 'invalid_input',
    says: /and, or.*"xor"/,
  },
  { what: 'a search page of 101', path: '/systems/search?q=x&limit=101', status: 400, code: 'invalid_input', says: /1 to 100.*"101"/ },
  { what: 'a filter on a search', path: '/systems/search?q=x&filter={}', status: 400, code: 'invalid_input', says: /filter.*q, operator/ },
  {
    what: 'a strong search',
    path: '/systems/search?q=x&consistency=strong',
    status: 400,
    code: 'invalid_input',
    says: /the index of search lags/,
  },
  { what: 'an export of nothing', path: '/systems/export?limit=0', status: 400, code: 'invalid_input', says: /limit.*"0"/ },
  {
    what: 'an export with relations',
    path: '/systems/export?include=x',
    status: 400,
    code: 'invalid_input',
    says: /include.*fields, limit/,
  },
  { what: 'an export of an unknown field', path: '/systems/export?fields=colour', status: 400, code: 'unknown_field', says: /"colour"/ },
  { what: 'an export of punctuation', path: '/systems/export?q=!!', status: 400, code: 'invalid_input', says: /\?q/ },
  { what: 'an export from nowhere', path: '/systems/export?cursor=k1.AAAA', status: 400, code: 'invalid_cursor', says: /cursor/ },
  {
    what: 'a unique value longer than a key may be',
    path: `/benchmarks/by/uniqueTitle/${'x'.repeat(2100)}`,
    status: 400,
    code: 'invalid_input',
    says: /2,?048|bytes/,
  },
  {
    what: 'an unknown field of an item',
    path: '/benchmarks/by/uniqueTitle/x?fields=colour',
    status: 400,
    code: 'unknown_field',
    says: /title.*"colour"/,
  },
  { what: 'batch-get without ids', method: 'POST', path: '/systems/batch-get', body: {}, status: 400, code: 'invalid_input', says: /ids/ },
  {
    what: 'a wrong method',
    method: 'PATCH',
    path: '/systems',
    body: {},
    status: 405,
    code: 'method_not_allowed',
    says: /GET, HEAD, POST, OPTIONS.*PATCH/,
  },
];

describe('bad input', () => {
  it.each(CASES)('$what is refused, and DynamoDB is not asked', async ({ method = 'GET', path, body, headers, status, code, says }) => {
    const proxy = proxyControl(inject('dynamodbProxy'), `[${acme.tenant}]#`);
    await proxy.reset();
    const answer = await acme.call(method, path, body, headers);
    expect([answer.status, answer.body.code], JSON.stringify(answer.body)).toEqual([status, code]);
    expect(answer.body.detail).toMatch(says);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.body.requestId).toBe(answer.headers.get('request-id'));
    expect(await proxy.requests()).toEqual([]);
    expect(JSON.stringify(answer.body)).not.toMatch(/_pk|_sk|#sy#|stack|at .*\.ts|SELECT/);
  });

  it.each(['a%23b', 'a%5Db', 'a%2Fb', 'A', '-a', 'x'.repeat(64)])('the tenant id %s is refused', async (tenant) => {
    const answer = await call(acme.token, `/v1/${tenant}/systems/x`);
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_input']);
    expect(answer.body.detail).toMatch(/lower-case letters/);
  });

  it('is answered in a bounded size, however much of it there is', async () => {
    const body = Object.fromEntries(Array.from({ length: 30_000 }, (_, n) => [`field${n}`, n]));
    const answer = await acme.call('POST', '/systems', body);
    expect([answer.status, answer.body.code]).toEqual([400, 'unknown_field']);
    expect(answer.body.errors).toHaveLength(50);
  });

  it('is not taken for an unknown field by the words in it', async () => {
    const { body } = await acme.call('PUT', '/results/a/b', { value: 'unknown field', machine: 'm', measuredAt: '2026-11-20' });
    expect(body.code).toBe('invalid_input');
  });

  it('names every field that is wrong', async () => {
    const { body } = await acme.call('PUT', '/results/a/b', { value: 'high', machine: 1, measuredAt: null });
    expect(body.errors.map(({ pointer }: { pointer: string }) => pointer).toSorted()).toEqual(['/machine', '/measuredAt', '/value']);
  });
});
