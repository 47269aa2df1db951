/** Wires patterns of the platform: what is counted of tenants' traffic, and answers that everybody shares. */
import type { GuardedModel } from './access/index.ts';
import { getBatchContextUsage } from './bao/for-services.ts';
import { EdgeCache } from './edge/cache/edge-cache.ts';
import { freshnessOf } from './edge/cache/kept-answer.ts';
import { TagVersions } from './edge/cache/tag-versions.ts';
import { TenantTraffic } from './edge/tenant-traffic.ts';
import type { Environment } from './edge/env.ts';
import { SpanExporter } from './lib/spans.ts';
import { expiredCodes, orphanedSegments } from './cron/jobs.ts';
import { maintain } from './cron/maintenance.ts';
import { streamHubStub, tenantStoreStub } from './objects/index.ts';
import type { MetricsSink } from './wire/metrics.ts';
import type { SharedAnswers, Tracing, TrafficServices } from './routes/route.ts';
import type { ServiceBindings } from './service-options.ts';

const nowMs = () => Date.now();
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** A sink that counts by tenant, and what is done with what it has counted. */
export function trafficServices(env: ServiceBindings): { counted: TenantTraffic; traffic: TrafficServices } {
  const stub = (tenant: string) => tenantStoreStub(env.TENANT_STORE, { tenant, shard: 0, epoch: 0 });
  const counted = new TenantTraffic({ send: (tenant, seconds) => stub(tenant).addTraffic({ tenant, seconds }), nowMs });
  const traffic: TrafficServices = {
    handOver: (tenant) => counted.handOver(tenant),
    async watch(tenant) {
      await stub(tenant).watchTraffic({ tenant });
      counted.watched(tenant);
    },
    day: (tenant, day) => stub(tenant).readTrafficDay({ tenant, day }),
    read: (tenant) => stub(tenant).readTraffic({ tenant, seconds: counted.take(tenant) }),
  };
  return { counted, traffic };
}

/**
 * Answers of models that anybody may read, and that say so by `cacheControl`. They depend on a tenant's public rows, whichever model they are of, since one may
 * include others; so a write of any of them purges all.
 */
export function sharedAnswers({ KV: kv }: ServiceBindings, version: string, models: Iterable<GuardedModel>): SharedAnswers {
  const areShared = [...models].some(({ isPublic, options }) => isPublic && freshnessOf(options.cacheControl ?? '') !== null);
  const tags = kv && areShared ? new TagVersions({ kv, nowMs, sleep, newVersion: () => crypto.randomUUID().slice(0, 13) }) : null;
  const cache = new EdgeCache({ cache: caches.default, nowMs, ...(tags ? { versionOf: (tag) => tags.versionOf(tag) } : {}) });
  return {
    answer: (request, tenant, handle, later) =>
      cache.answer(request, { version, tenant, query: 'all', vary: {}, tags: tenant === null ? [] : [tagOf(tenant)] }, handle, later),
    purge: (tenant, later) => tags?.purge(tagOf(tenant), later),
  };
}

/**
 * Runs `work` inside a tenant's batch context. Answers that everybody shares are forgotten when it has written, or may have: a write that was not answered may be
 * applied.
 */
export async function purgingWhatIsWritten<Result>(
  shared: SharedAnswers,
  tenant: string,
  later: (work: Promise<unknown>) => void,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } finally {
    if (getBatchContextUsage().writes > 0) shared.purge(tenant, later);
  }
}

function tagOf(tenant: string): string {
  return `t/${tenant}`;
}

/** Spans of the service's own part of traces, where a collector is configured. */
export function tracingOf({ tracing }: Environment, serviceName: string): Tracing {
  if (tracing === null) return { isSampled: () => false, record: () => null };
  const exporter = new SpanExporter({ ...tracing, serviceName, fetch: (url, init) => fetch(url, init) });
  return { isSampled: () => Math.random() < tracing.sampleRatio, record: (span) => exporter.record(span) };
}

/** Some minutes are less than the platform gives to one invocation of a cron trigger. */
const MAINTENANCE_MS = 5 * 60_000;

/** What is done once a day. */
export async function runMaintenance(env: ServiceBindings, metrics: MetricsSink): Promise<void> {
  const { DB, STREAM_SEGMENTS: segments } = env;
  const hub = (tenant: string, name: string) => streamHubStub(env.STREAM_HUB, { tenant, name });
  const jobs = [expiredCodes(DB, nowMs), ...(segments ? [orphanedSegments(segments, hub, nowMs)] : [])];
  await maintain(jobs, { positions: env.KV ?? null, metrics, nowMs, deadlineMs: MAINTENANCE_MS });
}
