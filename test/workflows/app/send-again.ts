import build from './.steamer/index.mjs';

/** Sends what the SDK has sent once more, late and in another order: every message that a run may have. */
export async function sendAgain(runId: string): Promise<void> {
  const run = await build.world.runs.get(runId);
  const { data: steps } = await build.world.steps.list({ runId, pagination: { limit: 100 } });
  const common = { workflowName: run.workflowName, workflowRunId: runId, workflowStartedAt: run.startedAt?.getTime() ?? Date.now() };
  for (const { stepId, stepName } of steps)
    await build.world.queue(`__wkf_step_${stepName}`, { ...common, stepId, requestedAt: new Date() }, { delaySeconds: Math.random() });
  for (let count = 0; count < 3; count++) await build.world.queue(`__wkf_workflow_${run.workflowName}`, { runId });
}
