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
  match(method: string, url: URL): RouteMatch | null;
  /** the methods that some route takes at this path, HEAD and OPTIONS included; empty: no such path */
  methodsAt(url: URL): string[];
}

/** A route, and the paths that are its. */
interface CompiledRoute {
  route: Route;
  pattern: RegExp;
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
  const tables = Map.groupBy(
    routes.map((route): CompiledRoute => ({ route, pattern: patternOf(route.path) })),
    ({ route }) => nounOf(route.path),
  );
  const match = (method: string, { pathname }: URL) =>
    find(tables.get(nounOf(pathname)), method, pathname) ?? find(tables.get(''), method, pathname);
  return {
    match,
    methodsAt(url) {
      const methods: string[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((method) => match(method, url) !== null);
      if (methods.includes('GET')) methods.splice(1, 0, 'HEAD');
      return methods.length === 0 ? [] : [...methods, 'OPTIONS'];
    },
  };
}

const V1 = '/v1/';

/** The literal after `/v1/{tenant}/`, or '' for every other path and pattern. */
function nounOf(path: string): string {
  const from = path.startsWith(V1) ? path.indexOf('/', V1.length) + 1 : 0;
  if (from === 0) return '';
  const to = path.indexOf('/', from);
  const noun = path.slice(from, to === -1 ? path.length : to);
  return noun.startsWith(':') ? '' : noun;
}

/** The router is asked for what it makes of a path alone: its own search parses the URL again and waits for each handler. */
function patternOf(path: string): RegExp {
  const [compiled] = IttyRouter().all(path, () => undefined).routes;
  if (compiled === undefined) throw new TypeError(`${path} is no path`);
  return compiled[1];
}

function find(compiled: readonly CompiledRoute[] = [], method: string, pathname: string): RouteMatch | null {
  // What is left of ".." at the end of a path, or of an id that is empty, is no resource to be changed: what was meant is another one.
  const isCutOff = pathname.endsWith('/');
  for (const { route, pattern } of compiled) {
    const params = route.method === method && !(isCutOff && route.mutates) ? pattern.exec(pathname) : null;
    if (params !== null) return { route, params: decodeAll(params.groups ?? {}) };
  }
  return null;
}

function decodeAll(params: Record<string, string>): Record<string, string> {
  const decoded: Record<string, string> = {};
  for (const name of Object.keys(params)) {
    const text = params[name] ?? '';
    decoded[name] = text.includes('%') ? decode(text) : text;
  }
  return decoded;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ServiceError('invalid_input', `Expected percent-encoded UTF-8 in the path, got ${JSON.stringify(text.slice(0, 80))}.`);
  }
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
