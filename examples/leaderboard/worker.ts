/** The leaderboard's Worker, which `npm start` runs. The build comes first, as the SDK asks for its World while it is loaded. */
import build from './.steamer/workflows/index.mjs';
import { getRun } from 'workflow/api';
import { defineWorkflows } from 'steamer/workflows';
import { createBoard } from './board.ts';
import type { Progress } from './validation/progress.ts';

const workflows = defineWorkflows(build);
const service = createBoard({ workflows, follow: (runId) => getRun(runId).getReadable<Progress>() });

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
