import { expect, it } from 'vitest';
import { WORKFLOW_PAYLOAD_MAX_BYTES } from '../../../src/wire/limits.ts';
import { bytes, CONFLICT, EXPIRED, INPUT, MISSING, type StorageFixture } from './fixture.ts';

const ENDS = [
  ['completed', { result: bytes(9) }],
  ['failed', { error: 'no' }],
] as const;

export function describeSteps(fixture: StorageFixture): void {
  it('creates a step once, pending and without an attempt', async () => {
    const { runId, stepId } = await fixture.newStep();
    const step = await fixture.storage.steps.get(runId, stepId);
    expect(step).toMatchObject({ runId, stepId, stepName: 'step//./w//one', status: 'pending', attempt: 0, input: INPUT });
    expect(step.startedAt).toBeUndefined();
    await fixture.refuses(runId, () => fixture.step(runId, stepId, 'created'), CONFLICT);
  });

  it('answers a started step with its input, counts attempts and keeps the first start', async () => {
    const { runId, stepId } = await fixture.newStep();
    const first = await fixture.step(runId, stepId, 'started');
    expect(first.step).toMatchObject({ status: 'running', attempt: 1, input: INPUT });
    const second = await fixture.step(runId, stepId, 'started', { stepName: 'step//./w//one' });
    expect(second.step).toMatchObject({ status: 'running', attempt: 2, startedAt: first.step?.startedAt });
  });

  it('completes a step with its result', async () => {
    const { runId, stepId } = await fixture.newStep();
    await fixture.step(runId, stepId, 'started');
    const { step, event } = await fixture.step(runId, stepId, 'completed', { result: bytes(9, 0, 9) });
    expect(step).toMatchObject({ status: 'completed', output: bytes(9, 0, 9), input: INPUT });
    expect(step?.completedAt).toBeInstanceOf(Date);
    expect(event).toMatchObject({ correlationId: stepId, eventData: { result: bytes(9, 0, 9) } });
  });

  it('keeps the error of a failed step, be it text or an object', async () => {
    for (const [error, stack, message] of [
      ['no', 'at x', 'no'],
      [{ message: 'never' }, undefined, 'never'],
      [undefined, undefined, 'Unknown error'],
    ]) {
      const { runId, stepId } = await fixture.newStep();
      const { step } = await fixture.step(runId, stepId, 'failed', { error, stack });
      expect(step).toMatchObject({ status: 'failed', error: { message, ...(stack === undefined ? {} : { stack }) } });
    }
  });

  it('does not start a step before it may be tried again', async () => {
    const { runId, stepId } = await fixture.newStep();
    await fixture.step(runId, stepId, 'started');
    const retryAfter = new Date(Date.now() + 90_000);
    const { step, event } = await fixture.step(runId, stepId, 'retrying', { error: 'later', retryAfter });
    expect(step).toMatchObject({ status: 'pending', attempt: 1, retryAfter, error: { message: 'later' } });
    expect(event?.eventData).toMatchObject({ retryAfter });
    await expect(fixture.step(runId, stepId, 'started')).rejects.toMatchObject({
      name: 'TooEarlyError',
      retryAfter: expect.closeTo(90, 0),
    });
    expect(await fixture.log(runId)).not.toContain('step_started,step_started');
  });

  it('starts a step whose time has come, and forgets when that was', async () => {
    const { runId, stepId } = await fixture.newStep();
    await fixture.step(runId, stepId, 'started');
    await fixture.step(runId, stepId, 'retrying', { error: 'later', retryAfter: new Date(Date.now() - 1) });
    const { step } = await fixture.step(runId, stepId, 'started');
    expect(step).toMatchObject({ status: 'running', attempt: 2 });
    expect(step?.retryAfter).toBeUndefined();
  });

  it.each(['started', 'completed', 'failed', 'retrying'])('knows no step that is %s without having been created', async (what) => {
    const runId = await fixture.newRun();
    await fixture.refuses(runId, () => fixture.step(runId, 'step_9', what, { error: '', result: INPUT }), MISSING);
    await expect(fixture.storage.steps.get(runId, 'step_9')).rejects.toMatchObject(MISSING);
  });

  it.each(ENDS)('takes nothing more for a step that has %s', async (end, data) => {
    const { runId, stepId } = await fixture.newStep();
    await fixture.step(runId, stepId, 'started');
    await fixture.step(runId, stepId, end, data);
    for (const what of ['started', 'completed', 'failed', 'retrying'])
      await fixture.refuses(runId, () => fixture.step(runId, stepId, what, { error: '', result: INPUT }), CONFLICT);
  });

  it.each(ENDS)('lets what ran when the run ended be %s, and starts nothing any more', async (end, data) => {
    const { runId, stepId } = await fixture.newStep();
    await fixture.step(runId, stepId, 'started');
    await fixture.step(runId, 'step_2', 'created');
    await fixture.create(runId, 'run_cancelled');
    await fixture.refuses(runId, () => fixture.step(runId, 'step_2', 'started'), EXPIRED);
    await fixture.refuses(runId, () => fixture.step(runId, 'step_3', 'created'), CONFLICT);
    await fixture.refuses(runId, () => fixture.step(runId, 'step_3', 'started'), EXPIRED);
    expect((await fixture.step(runId, stepId, end, data)).step?.status).toBe(end);
  });

  it('needs the run to find a step', async () => {
    await expect(fixture.storage.steps.get(undefined, 'step_1')).rejects.toMatchObject({ status: 400 });
  });

  it('fails a step, or a run, of which something is refused for its size, with the reason and once', async () => {
    const tooLarge = new Uint8Array(WORKFLOW_PAYLOAD_MAX_BYTES + 1);
    const { runId, stepId } = await fixture.newStep();
    await fixture.step(runId, stepId, 'started');
    const { step } = await fixture.step(runId, stepId, 'completed', { stepName: 'step//./w//one', result: tooLarge });
    expect(step).toMatchObject({
      status: 'failed',
      error: { message: expect.stringContaining('expected at most 8388608 bytes of result') },
    });
    const never = await fixture.step(runId, 'step_2', 'created', { stepName: 'step//./w//one', input: tooLarge });
    expect(never.step).toMatchObject({ status: 'failed', error: { message: expect.stringContaining('of input') } });
    await fixture.refuses(runId, () => fixture.step(runId, 'step_2', 'created', { stepName: 's', input: tooLarge }), CONFLICT);
    const { run } = await fixture.create(runId, 'run_completed', { eventData: { output: tooLarge } });
    expect(run).toMatchObject({ status: 'failed', error: { code: 'EVENT_REFUSED', message: expect.stringContaining('of output') } });
    const types = 'run_created,run_started,step_created,step_started,step_failed,step_created,step_failed,run_failed';
    expect((await fixture.log(runId)).join()).toBe(types);
    const other = await fixture.newRun();
    await expect(fixture.hook(other, 'hook_1', 'x'.repeat(256))).rejects.toMatchObject(EXPIRED);
    expect((await fixture.storage.runs.get(other)).error).toMatchObject({ message: expect.stringContaining('eventData.token') });
  });
}
