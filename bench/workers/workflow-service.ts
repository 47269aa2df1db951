/** What `steamer/world` starts where nothing says where a service is. */
export {
  default,
  RateLimiter,
  SessionOwner,
  StreamDirectory,
  StreamHub,
  StreamRelay,
  TenantStore,
  WorkflowRun,
  WorkflowRunner,
} from '../../src/workflow-service.ts';
