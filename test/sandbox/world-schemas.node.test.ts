import { expect, it } from 'vitest';
import { newUlid } from '../../src/lib/ulid.ts';
import {
  getQueueTopicPrefix,
  HealthCheckPayloadSchema,
  isLegacySpecVersion,
  SPEC_VERSION_CURRENT,
  StepInvokePayloadSchema,
  ulidToDate,
  WorkflowInvokePayloadSchema,
} from '../../src/sandbox/world-schemas.ts';

it('messages are read as the runtime has written them, of whichever transport', () => {
  const at = new Date(1_800_000_000_000);
  const kept = { runId: 'wrun_1', traceCarrier: { traceparent: '00' }, serverErrorRetryCount: 2 };
  for (const requestedAt of [at, at.toISOString()])
    expect(WorkflowInvokePayloadSchema.parse({ ...kept, requestedAt })).toEqual({ ...kept, requestedAt: at });
  expect(WorkflowInvokePayloadSchema.parse(kept)).toEqual(kept);
  const step = { workflowName: 'w', workflowRunId: 'wrun_1', workflowStartedAt: 5, stepId: 's' };
  expect(StepInvokePayloadSchema.parse(step)).toEqual(step);
  for (const wrong of [{}, { runId: 1 }, { runId: 'a', requestedAt: 'yesterday' }])
    expect(WorkflowInvokePayloadSchema.safeParse(wrong).success).toBe(false);
  expect(HealthCheckPayloadSchema.safeParse({ __healthCheck: true, correlationId: 'c' }).success).toBe(true);
  expect(HealthCheckPayloadSchema.safeParse(kept).success).toBe(false);
});

it('the rest is what the runtime asks for: times of ids, names of queues, versions', () => {
  expect(ulidToDate(newUlid(1_800_000_000_000))?.getTime()).toBe(1_800_000_000_000);
  expect(ulidToDate('wrun_1')).toBeNull();
  expect([getQueueTopicPrefix('step'), getQueueTopicPrefix('workflow', 'shop')]).toEqual(['__wkf_step_', '__shop_wkf_workflow_']);
  expect([isLegacySpecVersion(undefined), isLegacySpecVersion(1), isLegacySpecVersion(SPEC_VERSION_CURRENT)]).toEqual([true, true, false]);
});
