/** A route is a value: what it says of itself, and the function that answers it. */
import type { AccountServices, Credential, KeyUse, SessionClaims, TenantConfigs } from '../accounts/index.ts';
import type { BatchContextOptions } from '../bao/index.ts';
import type { OperationContext } from '../dynamo/index.ts';
import type { StreamDirectoryStub, StreamHubStub, StreamRelayStub } from '../objects/stubs.ts';
import type { Environment } from '../edge/env.ts';
import type { RequestCounters } from '../edge/request-counters.ts';
import type { ReceivingBucket } from '../edge/files/received-file.ts';
import type { SendingBucket } from '../edge/files/sent-file.ts';
import type { FileLedgerRpc, LimitAdministration, LimitChanges, RunLimits, StoreOperator, TrafficReport } from '../objects/index.ts';
import type { IdempotencyKeys } from '../wire/idempotency.ts';
import type { LimitsDocument } from '../wire/limit-document.ts';
import type { MetricsSink } from '../wire/metrics.ts';
import type { Principal } from '../wire/principal.ts';
import type { RouteDefinition } from '../wire/route.ts';
import type { Traffic } from '../wire/traffic.ts';
import type { ExportStep } from '../wire/tenant-export.ts';
import type { Span } from '../lib/spans.ts';
import type { TraceContext } from '../lib/trace-context.ts';
import type { TenantQuotas } from './tenant-quotas.ts';
import type { ReadMode } from './read-mode.ts';
import type { SharedLimits } from './request-limits.ts';
import type { StreamReaders } from './stream-readers.ts';

/** What routes are handed by `services.ts`: rooms below as interfaces, wired once per environment. */
export interface Services {
  readonly name: string;
  readonly version: string;
  readonly environment: Environment;
  readonly metrics: MetricsSink;
  readonly traffic: TrafficServices;
  readonly tracing: Tracing;
  readonly quotas: TenantQuotas;
  readonly sharedAnswers: SharedAnswers;
  readonly configs: TenantConfigs;
  /** runs storage work as a tenant, in a batch context */
  inTenant<Result>(tenant: string, work: () => Promise<Result>, options: TenantWorkOptions): Promise<Result>;
  /** within such work: gives the store more to know of each operation */
  withOperation<Result>(more: Pick<OperationContext, 'atomic' | 'idempotencyToken'>, work: () => Promise<Result>): Promise<Result>;
  /** what `metrics` has counted in this isolate */
  readonly requestCounters: RequestCounters;
  readonly limits: ServiceLimits;
  /** what the runs of workflows are held to */
  readonly runLimits: RunLimits;
  /** the principal of a credential, or null when it is not a live one */
  authenticate(credential: Credential, use: KeyUse): Promise<Principal | null>;
  /** the claims of the session of a cookie; null: this service has none */
  claimsOf(cookie: string): SessionClaims | null;
  readonly accounts: AccountServices;
  /** how everything of a tenant is read */
  readonly exportSteps: readonly ExportStep[];
  /** what operators and the table's stream do to the tenants' stores */
  readonly storeOperator: StoreOperator;
  /** the tenants after `after` in their order, at most `limit` */
  tenantIds(after: string, limit: number): Promise<string[]>;
  /** whether there is such a tenant, and it is not suspended */
  servesTenant(tenant: string): Promise<boolean>;
  /** the plan of a tenant; null when there is no such tenant */
  planOf(tenant: string): Promise<string | null>;
  idempotencyKeys(tenant: string): IdempotencyKeys;
  /** whether a principal of the tenant may read the stream of this name */
  readonly mayReadStream: StreamReaders;
  /** the names of the streams of changes that models ask for */
  readonly changesStreams: ReadonlySet<string>;
  /** null where the bindings of files are not there */
  readonly files: FileServices | null;
  streamHub(tenant: string, name: string): StreamHubStub;
  streamRelay(tenant: string, name: string, index: number): StreamRelayStub;
  streamDirectory(tenant: string): StreamDirectoryStub;
  /** whether browsers may call from this origin: the service's own, a listed one, or of this tenant (null: for what belongs to none) */
  allowsOrigin(origin: string, tenant: string | null): Promise<boolean>;
}

/** Where spans of traces go. */
export interface Tracing {
  /** whether a trace that begins here is recorded */
  isSampled(): boolean;
  /** what is to be waited for behind the answer; null for nothing */
  record(span: Span): Promise<void> | null;
}

/** What is known of tenants' traffic. */
export interface TrafficServices {
  /** tells the tenant's store what this isolate has counted; null when that is not due */
  handOver(tenant: string): Promise<void> | null;
  /** publishes live traffic while somebody reads its stream, which is there then */
  watch(tenant: string): Promise<void>;
  read(tenant: string): Promise<TrafficReport>;
  /** of a day ("2026-11-29"), as far as it is known; null for none */
  day(tenant: string, day: string): Promise<Traffic | null>;
}

/** Answers that are the same for everybody who shows no credential, kept at the edge. */
export interface SharedAnswers {
  /** the answer of `handle`, or one that was made before (`tenant` null: of the service itself); `handle` sees of the request what the answer may depend on */
  answer(request: Request, tenant: string | null, handle: (request: Request) => Promise<Response>, later: Later): Promise<Response>;
  /** forgets what is kept of a tenant */
  purge(tenant: string, later: Later): void;
}

/** Takes work that goes on after the answer. */
type Later = RequestContext['later'];

/** Where files are: who owns a tenant's, and where their bytes stand. */
export interface FileServices {
  ledger(tenant: string): FileLedgerRpc;
  readonly bucket: ReceivingBucket & SendingBucket & Pick<R2Bucket, 'delete' | 'resumeMultipartUpload'>;
}

/** What holds for all storage work in one piece. */
export type TenantWorkOptions = Pick<BatchContextOptions, 'deadlineMs' | 'operation'>;

/** The limits of a service: what requests are held to, and what operators do to it. */
export interface ServiceLimits extends SharedLimits {
  readonly administration: LimitAdministration;
  /** the same, asked with more patience */
  readonly ofRuns: SharedLimits;
  readChanges(): Promise<LimitChanges>;
  /** the new version; null when the changes were made from another one */
  replaceChanges(changes: LimitsDocument, ifVersion: number): Promise<number | null>;
}

/** One request on its way down. */
export interface RequestContext {
  readonly request: Request;
  /** without the parameter that `readMode` was read from */
  readonly url: URL;
  /** how fresh its reads are; routes without reads of items have `default` */
  readonly readMode: ReadMode;
  /** the caller's version token, null without one */
  readonly storeVersion: string | null;
  readonly route: Route;
  /** the path's parameters, percent-decoded */
  readonly params: Readonly<Record<string, string>>;
  /** who calls; null on public routes, and where somebody without credentials may call */
  readonly principal: Principal | null;
  /** whose data it is about: the principal's tenant, or without one the path's; null on the service's own routes */
  readonly tenant: string | null;
  readonly requestId: string;
  readonly trace: TraceContext;
  readonly services: Services;
  /** takes work that goes on after the answer */
  readonly later: (work: Promise<unknown>) => void;
}

/**
 * A route with what answers it. A handler returns a `Response`, or throws a ServiceError, which becomes the problem of its code; its
 * caller has passed the guard and the limits by then.
 */
export interface Route extends RouteDefinition {
  handle(context: RequestContext): Promise<Response> | Response;
}

/** The tenant that a guarded route acts for. */
export function tenantOf(context: RequestContext): string {
  const { tenant } = context;
  if (tenant === null) throw new TypeError(`${context.route.method} ${context.route.path} needs a tenant but is not guarded by a scope`);
  return tenant;
}
