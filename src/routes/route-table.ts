/** The table of routes, made searchable: which route answers, and which methods a path takes. */
import { IttyRouter } from 'itty-router';
import { ServiceError } from '../lib/errors.ts';
import type { Route } from './route.ts';

export interface RouteMatch {
  route: Route;
  /** percent-decoded */
  params: Record<string, string>;
}

export interface RouteTable {
  /** the route that answers, or null when the path is nobody's or takes other methods */
  match(method: string, url: URL): Promise<RouteMatch | null>;
  /** the methods that some route takes at this path, HEAD and OPTIONS included; empty: no such path */
  methodsAt(url: URL): Promise<string[]>;
}

/**
 * Compiles routes. They are tried in the table's order, within the routes of the same noun (the segment after the tenant) first,
 * so that many models cost no more than few.
 *
 * @throws TypeError when two routes have the same method and path, or one tolerates what may not be stale
 */
export function createRouteTable(routes: readonly Route[]): RouteTable {
  refuseDuplicates(routes);
  refuseStaleChanges(routes);
  const tables = new Map<string, ReturnType<typeof compile>>();
  for (const noun of new Set(routes.map((route) => nounOf(route.path)))) {
    tables.set(noun, compile(routes.filter((route) => nounOf(route.path) === noun)));
  }
  const match = async (method: string, url: URL): Promise<RouteMatch | null> => {
    const found = (await tables.get(nounOf(url.pathname))?.(method, url)) ?? (await tables.get('')?.(method, url)) ?? null;
    return found && { route: found.route, params: decodeAll(found.params) };
  };
  return {
    match,
    async methodsAt(url) {
      const methods: string[] = [];
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) if (await match(method, url)) methods.push(method);
      if (methods.includes('GET')) methods.splice(1, 0, 'HEAD');
      return methods.length === 0 ? [] : [...methods, 'OPTIONS'];
    },
  };
}

/** The literal after `/v1/{tenant}/`, or '' for every other path and pattern. */
function nounOf(path: string): string {
  const [, version, , noun] = path.split('/');
  return version === 'v1' && noun !== undefined && !noun.startsWith(':') ? noun : '';
}

function compile(routes: readonly Route[]): (method: string, url: URL) => Promise<RouteMatch | undefined> {
  const router = IttyRouter();
  for (const route of routes) {
    router.all(route.path, (request) => (request.method === route.method ? { route, params: request.params } : undefined));
  }
  return (method, url) => router.fetch({ method, url: url.href });
}

function decodeAll(params: Record<string, string>): Record<string, string> {
  const decoded: Record<string, string> = {};
  for (const [name, text] of Object.entries(params)) {
    try {
      decoded[name] = decodeURIComponent(text);
    } catch {
      throw new ServiceError('invalid_input', `Expected percent-encoded UTF-8 in the path, got ${JSON.stringify(text.slice(0, 80))}.`);
    }
  }
  return decoded;
}

/** What changes anything goes by what a session is. */
function refuseStaleChanges(routes: readonly Route[]): void {
  for (const { method, path, mutates, access, toleratesStaleness = false } of routes) {
    const isReadOfTenant = !mutates && typeof access === 'object' && 'scope' in access && access.scope !== 'tenant:admin';
    if (toleratesStaleness && !isReadOfTenant)
      throw new TypeError(`${method} ${path} is no read of a tenant's data, and tolerates staleness`);
  }
}

function refuseDuplicates(routes: readonly Route[]): void {
  const seen = new Set<string>();
  for (const { method, path } of routes) {
    const id = `${method} ${path.replaceAll(/:\w+/g, ':')}`;
    if (seen.has(id)) throw new TypeError(`two routes answer ${method} ${path}`);
    seen.add(id);
  }
}
