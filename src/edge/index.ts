/** Patterns of the platform, each usable alone: the checked environment, files in R2, sinks of metrics. */
export {
  binding,
  checkEnv,
  getEnv,
  lazyBinding,
  secret,
  variable,
  withEnv,
  type BindingKind,
  type CheckedEnv,
  type Requirement,
} from './checked-env.ts';
export { receiveFile, type ReceivingBucket } from './files/received-file.ts';
export { sendFile, type SendingBucket } from './files/sent-file.ts';
export { analyticsSink, metricsSinks } from './metrics.ts';
export { RequestCounters } from './request-counters.ts';
export { TenantTraffic, type TenantTrafficOptions } from './tenant-traffic.ts';
