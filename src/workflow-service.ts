/** The entry of a Worker that keeps the workflows of apps elsewhere, and does nothing besides: what `steamer/world` starts on this machine. */
import { defineRemoteWorkflows } from './remote-workflows.ts';
import { createService } from './service.ts';

/** Who calls it is on its machine: there is nobody to be held back. */
const calls = { limits: { rate: { algorithm: 'token-bucket', limit: 100_000, window: '1s' } }, durability: 'volatile' } as const;
const policies = { address: calls, tenant: calls, read: calls, write: calls };
const workflows = defineRemoteWorkflows();
const service = createService({ workflows, limits: { policies } });

export default service.handler;
export class WorkflowRun extends workflows.objects.WorkflowRun {}
export class WorkflowRunner extends workflows.objects.WorkflowRunner {}
export class TenantStore extends service.objects.TenantStore {}
export class StreamHub extends service.objects.StreamHub {}
export class StreamDirectory extends service.objects.StreamDirectory {}
export class StreamRelay extends service.objects.StreamRelay {}
export class RateLimiter extends service.objects.RateLimiter {}
export class SessionOwner extends service.objects.SessionOwner {}
