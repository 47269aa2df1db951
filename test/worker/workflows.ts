/** A Worker with workflows, for the tests of their objects. */
import { defineWorkflowRun } from '../../src/objects/workflow-run/workflow-run.ts';

export class WorkflowRun extends defineWorkflowRun() {}

export default { fetch: () => new Response(null, { status: 404 }) };
