import { describe, expect, it } from 'vitest';
import { kindOf, readMessage } from '../../src/runs/messages.ts';
import { WORKFLOW_PAYLOAD_MAX_BYTES } from '../../src/wire/limits.ts';

const runId = 'wrun_01ARYZ6S41TSV4RRFFQ69G5FAV';
const kind = (queue: string, body: Record<string, unknown>, idempotencyKey: string | null = null) =>
  kindOf({ queue, body, idempotencyKey });

describe('a message', () => {
  it('is for the run that it names, by either name', () => {
    expect(readMessage('__wkf_workflow_add', { runId })).toMatchObject({ value: { runId, message: { idempotencyKey: null, delayMs: 0 } } });
    const step = readMessage('__shop_wkf_step_one', { workflowRunId: runId }, { idempotencyKey: 'step_1', delaySeconds: 2 });
    expect(step).toMatchObject({ value: { runId, message: { idempotencyKey: 'step_1', delayMs: 2_000 } } });
  });

  it.each([
    ['orders', { runId }, {}],
    ['__wkf_workflow_', { runId }, {}],
    [undefined, { runId }, {}],
    ['__wkf_step_one', { test: 'message' }, {}],
    ['__wkf_step_one', null, {}],
    ['__wkf_step_one', { runId: 'wrun_1/../2' }, {}],
    ['__wkf_step_one', { runId }, { idempotencyKey: 'x'.repeat(256) }],
    ['__wkf_step_one', { runId }, { delaySeconds: -1 }],
    ['__wkf_step_one', { runId }, { delaySeconds: Infinity }],
  ])('is refused when it is %j %j %j', (queue, body, options) => {
    expect(readMessage(queue, body, options)).toMatchObject({ ok: false, error: { name: 'WorkflowWorldError', status: 400 } });
  });

  it('does not bring a run that its first event could not begin', () => {
    const message = (size: number) =>
      readMessage('__wkf_workflow_add', { runId, runInput: { workflowName: 'add', input: new Uint8Array(size) } });
    expect(message(WORKFLOW_PAYLOAD_MAX_BYTES)).toMatchObject({ ok: true });
    expect(message(WORKFLOW_PAYLOAD_MAX_BYTES + 1)).toMatchObject({ ok: false, error: { status: 413 } });
  });

  it('is a wake-up when it says nothing that another replay would not know', () => {
    expect(kind('__wkf_workflow_add', { runId, traceCarrier: {}, requestedAt: new Date() })).toEqual({ kind: 'flow', isWakeUp: true });
    expect(kind('__wkf_workflow_add', { runId, runInput: undefined })).toEqual({ kind: 'flow', isWakeUp: true });
    expect(kind('__wkf_workflow_add', { runId, runInput: {} })).toEqual({ kind: 'flow', isWakeUp: false });
    expect(kind('__wkf_workflow_add', { runId }, 'key')).toEqual({ kind: 'flow', isWakeUp: false });
  });

  it('is a step’s by its queue, or by naming a step', () => {
    expect(kind('__wkf_step_one', { stepId: 's' })).toEqual({ kind: 'step', isWakeUp: false });
    expect(kind('__wkf_workflow_add', { runId, stepId: 's' })).toEqual({ kind: 'step', isWakeUp: false });
  });
});
