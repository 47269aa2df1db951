/** A route is a value: what it says of itself, and the function that answers it. */
import type { ModelManager } from '../bao/index.ts';
import type { StreamDirectoryRpc } from '../objects/stream-hub/directory-rpc.ts';
import type { StreamHubStub } from '../objects/stubs.ts';
import type { Environment } from '../edge/env.ts';
import type { StoreOperator } from '../objects/index.ts';
import type { IdempotencyKeys } from '../wire/idempotency.ts';
import type { MetricsSink } from '../wire/metrics.ts';
import type { Principal } from '../wire/principal.ts';
import type { RouteDefinition } from '../wire/route.ts';
import type { ReadMode } from './read-mode.ts';

/** What routes are handed by `service.ts`: rooms below as interfaces, wired once per environment. */
export interface Services {
  readonly name: string;
  readonly version: string;
  readonly environment: Environment;
  readonly models: ModelManager;
  readonly metrics: MetricsSink;
  /** the principal of a bearer token, or null when it is not a live credential; `later` takes work that need not delay the answer */
  authenticate(token: string, nowMs: number, later: (work: Promise<unknown>) => void): Promise<Principal | null>;
  /** what operators and the table's stream do to the tenants' stores */
  readonly storeOperator: StoreOperator;
  /** the tenants after `after` in their order, at most `limit` */
  tenantIds(after: string, limit: number): Promise<string[]>;
  idempotencyKeys(tenant: string): IdempotencyKeys;
  streamHub(tenant: string, name: string): StreamHubStub;
  streamDirectory(tenant: string): StreamDirectoryRpc;
  /** whether browsers may call from this origin, for this tenant or (null) for what belongs to none */
  allowsOrigin(origin: string, tenant: string | null): Promise<boolean>;
}

/** One request on its way down. */
export interface RequestContext {
  readonly request: Request;
  /** without the parameter that `readMode` was read from */
  readonly url: URL;
  /** how fresh its reads are; routes without reads of items have `default` */
  readonly readMode: ReadMode;
  readonly route: Route;
  /** the path's parameters, percent-decoded */
  readonly params: Readonly<Record<string, string>>;
  /** who calls; null on public routes only */
  readonly principal: Principal | null;
  readonly requestId: string;
  readonly services: Services;
}

export interface Route extends RouteDefinition {
  handle(context: RequestContext): Promise<Response> | Response;
}

/** The tenant that a guarded route acts for: the principal's. */
export function tenantOf(context: RequestContext): string {
  const tenant = context.principal?.tenant;
  if (!tenant) throw new TypeError(`${context.route.method} ${context.route.path} needs a tenant but is not guarded by a scope`);
  return tenant;
}
