/** The entry of a Worker that keeps the workflows of apps elsewhere, and does nothing besides: what `steamer/world` starts on this machine. */
import { defineRemoteWorkflows } from './remote-workflows.ts';
import { createService } from './service.ts';

/** Who calls it is on its machine: there is nobody to be held back. */
const calls = { limits: { rate: { algorithm: 'token-bucket', limit: 100_000, window: '1s' } }, durability: 'volatile' } as const;
const policies = { address: calls, tenant: calls, read: calls, write: calls };
const workflows = defineRemoteWorkflows();
const service = createService({ workflows, limits: { policies } });

export default service.handler;
/** The object of a run, for wrangler.toml to name. */
export class WorkflowRun extends workflows.objects.WorkflowRun {}
/** Delivers the messages of runs to their apps: the entrypoint that the objects of runs call. */
export class WorkflowRunner extends workflows.objects.WorkflowRunner {}
/** The object of a tenant's rows, for wrangler.toml to name. */
export class TenantStore extends service.objects.TenantStore {}
/** The object of a stream, for wrangler.toml to name. */
export class StreamHub extends service.objects.StreamHub {}
/** The object of a tenant's list of streams, for wrangler.toml to name. */
export class StreamDirectory extends service.objects.StreamDirectory {}
/** The object of readers beyond those that a stream's own object holds, for wrangler.toml to name. */
export class StreamRelay extends service.objects.StreamRelay {}
/** The object of counters, for wrangler.toml to name. */
export class RateLimiter extends service.objects.RateLimiter {}
/** The object of a user's sessions, or of a tenant's keys, for wrangler.toml to name. */
export class SessionOwner extends service.objects.SessionOwner {}
