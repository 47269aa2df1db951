import { describe, expect, it } from 'vitest';
import models, { tableProfile } from '../../.bao/models.ts';
import { createRouteTable } from '../../src/routes/route-table.ts';
import { createService } from '../../src/service.ts';
import { LIMIT_POLICIES } from '../../src/wire/limits.ts';

const { routes } = createService({ models, tableProfile });

describe('the table of routes', () => {
  it.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))(
    '%s says all that the guard, the limits and the description need',
    (_, route) => {
      expect(route.summary.length).toBeGreaterThan(10);
      expect(LIMIT_POLICIES).toContain(route.limit);
      expect(Object.keys(route.schemas.responses).length).toBeGreaterThan(0);
      expect(route.mutates).toBe(route.method !== 'GET' && !/\/(?:batch|transact)-get$/.test(route.path));
      if (route.path.startsWith('/v1/:tenant')) expect(route.access).toHaveProperty('scope');
      if (route.bodyLimitBytes > 0) expect(route.schemas.body).toBeDefined();
      if (route.method === 'GET') expect(route.bodyLimitBytes).toBe(0);
    },
  );

  it('lets no route but a read of data go by what a session was a moment ago', () => {
    const stale = routes.filter(({ toleratesStaleness }) => toleratesStaleness);
    expect(stale.length).toBeGreaterThan(0);
    expect(stale.filter(({ mutates }) => mutates)).toEqual([]);
    for (const path of ['/v1/auth/me', '/v1/:tenant/members', '/healthz']) {
      const route = routes.find((one) => one.path === path && one.method === 'GET');
      expect(() => createRouteTable([{ ...route!, toleratesStaleness: true }]), path).toThrow(/tolerates staleness/);
    }
  });

  it('changes nothing at a path that ends with a slash: what URLs leave of an id that is ".." or empty', () => {
    const table = createRouteTable(routes);
    for (const path of ['/v1/acme/systems/..', '/v1/acme/systems/%2e%2E', '/v1/acme/streams/', '/v1/acme/systems/x/..'])
      for (const method of ['PUT', 'PATCH', 'DELETE', 'POST'])
        expect(table.match(method, new URL(path, 'https://steamer.test')), path).toBeNull();
    expect(table.match('GET', new URL('https://steamer.test/v1/acme/systems/'))?.route.path).toBe('/v1/:tenant/systems');
  });

  it('is not made of two routes with one path', () => {
    expect(() => createRouteTable([...routes, ...routes.slice(0, 1)])).toThrow(/two routes answer GET/);
  });

  it('lets a service without models answer', () => {
    const paths = createService().routes.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['/', '/healthz', '/v1/:tenant/models']));
  });
});
