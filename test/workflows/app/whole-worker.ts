/** The Worker of an application with models and workflows, as its template has it: what such a Worker weighs. */
import build from './.steamer/index.mjs';
import { limits } from '../../../.bao/limits.ts';
import models, { modelOptions, tableProfile } from '../../../.bao/models.ts';
import { createService } from '../../../src/service.ts';
import { defineWorkflows } from '../../../src/workflows.ts';

const workflows = defineWorkflows(build);
const service = createService({ models, tableProfile, modelOptions, limits, workflows });

export default service.handler;
export class WorkflowRun extends workflows.objects.WorkflowRun {}
export class WorkflowRunner extends workflows.objects.WorkflowRunner {}
export class TenantStore extends service.objects.TenantStore {}
export class StreamHub extends service.objects.StreamHub {}
export class StreamDirectory extends service.objects.StreamDirectory {}
export class StreamRelay extends service.objects.StreamRelay {}
export class RateLimiter extends service.objects.RateLimiter {}
export class SessionOwner extends service.objects.SessionOwner {}
export class FileLedger extends service.objects.FileLedger {}
export class TenantService extends service.entrypoints.TenantService {}
