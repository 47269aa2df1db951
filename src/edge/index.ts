/** Patterns of the platform, each usable alone: the checked environment, an edge cache, KV with loads behind it, files in R2, sinks of metrics. */
export { binding, checkEnv, getEnv, lazyBinding, secret, variable, withEnv, type CheckedEnv, type Requirement } from './checked-env.ts';
export type { BindingKind } from './how-to-set.ts';
export { EdgeCache, type EdgeCacheOptions, type Handle, type SharedRoute } from './cache/edge-cache.ts';
export { keyedRequest, type CacheKeyParts, type KeyedRequest } from './cache/cache-key.ts';
export { TagVersions, type TagVersionsOptions } from './cache/tag-versions.ts';
export { KvCache, type KvCacheOptions, type Load } from './kv-cache.ts';
export { SingleFlight, type Later } from './single-flight.ts';
export { receiveFile, type ReceivingBucket } from './files/received-file.ts';
export { sendFile, type SendingBucket } from './files/sent-file.ts';
export { forward, forwardedFor, within, type ForwardedPrincipal } from './service-call.ts';
export { analyticsSink, metricsSinks } from './metrics.ts';
export { RequestCounters } from './request-counters.ts';
export { TenantTraffic, type TenantTrafficOptions } from './tenant-traffic.ts';
