import { expect, it } from 'vitest';
import { bytes, CONFLICT, creation, EXPIRED, INPUT, INVALID, newRunId, NO_RUN, type StorageFixture } from './fixture.ts';

const ENDS = [
  ['run_completed', { eventData: { output: bytes(7) } }],
  ['run_failed', { eventData: { error: { message: 'no' } } }],
  ['run_cancelled', {}],
] as const;

export function describeRuns(fixture: StorageFixture): void {
  it('keeps the id that the client made, and everything it was given', async () => {
    const runId = newRunId();
    const executionContext = { traceCarrier: { traceparent: '00' } };
    const { run, event } = await fixture.create(runId, 'run_created', { eventData: { ...creation, executionContext } });
    expect(run).toMatchObject({ runId, status: 'pending', specVersion: 3, ...creation, executionContext });
    expect(event).toMatchObject({ runId, eventType: 'run_created', specVersion: 3, eventData: { ...creation, executionContext } });
    expect(event?.createdAt).toBeInstanceOf(Date);
    expect(await fixture.storage.runs.get(runId)).toEqual(run);
  });

  it('makes an id where none was given', async () => {
    const { run } = await fixture.create(null, 'run_created', { eventData: creation });
    expect(run?.runId).toMatch(/^wrun_[0-9A-Z]{26}$/);
    expect((await fixture.storage.runs.get(run?.runId ?? '')).status).toBe('pending');
  });

  it('refuses a second creation', async () => {
    const runId = await fixture.newRun();
    await fixture.refuses(runId, () => fixture.create(runId, 'run_created', { eventData: creation }), CONFLICT);
  });

  it('refuses ids of more than a day ago or more than 5 minutes ahead', async () => {
    for (const distanceMs of [-24 * 3_600_000 - 60_000, 6 * 60_000]) {
      const runId = newRunId(Date.now() + distanceMs);
      await expect(fixture.create(runId, 'run_created', { eventData: creation })).rejects.toMatchObject(INVALID);
      await expect(fixture.storage.runs.get(runId)).rejects.toMatchObject(NO_RUN);
    }
    await fixture.create(newRunId(Date.now() - 23 * 3_600_000), 'run_created', { eventData: creation });
  });

  it('starts a run once, and says so to everyone who starts it again', async () => {
    const runId = newRunId();
    await fixture.create(runId, 'run_created', { eventData: creation });
    const first = await fixture.create(runId, 'run_started', { eventData: creation });
    expect(first.run).toMatchObject({ status: 'running', input: INPUT });
    expect(first.event?.eventData).toBeUndefined();
    const second = await fixture.create(runId, 'run_started');
    expect(second.event).toBeUndefined();
    expect(second.run?.startedAt).toEqual(first.run?.startedAt);
    expect(await fixture.log(runId)).toEqual(['run_created', 'run_started']);
  });

  it('answers the log with every start, and a cursor behind which new events are', async () => {
    const runId = await fixture.newRun();
    const { events, cursor, hasMore, maxEvents } = await fixture.create(runId, 'run_started');
    expect(events?.map(({ eventType }) => eventType)).toEqual(['run_created', 'run_started']);
    expect(events?.[0]?.eventData).toMatchObject({ input: INPUT });
    expect([hasMore, maxEvents]).toEqual([false, 25_000]);
    await fixture.step(runId, 'step_1', 'created');
    const { data } = await fixture.storage.events.list({ runId, pagination: { cursor: cursor ?? null } });
    expect(data.map(({ eventType }) => eventType)).toEqual(['step_created']);
  });

  it('makes a run of a start that brings all it needs, in the right order', async () => {
    const runId = newRunId();
    const { run, event } = await fixture.create(runId, 'run_started', { eventData: creation });
    expect(run).toMatchObject({ runId, status: 'running', ...creation });
    expect(event).toMatchObject({ eventType: 'run_started' });
    expect(await fixture.log(runId)).toEqual(['run_created', 'run_started']);
    await fixture.refuses(runId, () => fixture.create(runId, 'run_created', { eventData: creation }), CONFLICT);
  });

  it('knows no run that a start does not describe, and nothing of runs that there are not', async () => {
    const runId = newRunId();
    for (const eventData of [undefined, { deploymentId: 'dpl_1', workflowName: 'w' }, { ...creation, workflowName: undefined }]) {
      await expect(fixture.create(runId, 'run_started', eventData && { eventData })).rejects.toMatchObject(NO_RUN);
    }
    for (const [eventType, event] of ENDS) await expect(fixture.create(runId, eventType, event)).rejects.toMatchObject(NO_RUN);
    await expect(fixture.step(runId, 'step_1', 'created')).rejects.toMatchObject(NO_RUN);
    await expect(fixture.hook(runId, 'hook_1', 'token')).rejects.toMatchObject(NO_RUN);
    await expect(fixture.storage.runs.get(runId)).rejects.toMatchObject(NO_RUN);
    await expect(fixture.storage.runs.get('../x')).rejects.toMatchObject(NO_RUN);
  });

  it.each(ENDS)('ends by %s, and takes no other end and no start then', async (eventType, event) => {
    const runId = await fixture.newRun();
    const { run } = await fixture.create(runId, eventType, event);
    expect(run?.completedAt).toBeInstanceOf(Date);
    expect(run?.status).toBe(eventType.slice('run_'.length));
    for (const [other, otherEvent] of ENDS) {
      if (other === 'run_cancelled' && eventType === 'run_cancelled') continue;
      await fixture.refuses(runId, () => fixture.create(runId, other, otherEvent), CONFLICT);
    }
    await fixture.refuses(runId, () => fixture.create(runId, 'run_started', { eventData: creation }), EXPIRED);
  });

  it('keeps the output and the error of a run', async () => {
    const completed = await fixture.newRun();
    await fixture.create(completed, 'run_completed', { eventData: { output: bytes(7, 0) } });
    expect(await fixture.storage.runs.get(completed)).toMatchObject({ output: bytes(7, 0) });
    const failed = await fixture.newRun();
    const error = { message: 'no', stack: 'at x' };
    await fixture.create(failed, 'run_failed', { eventData: { error, errorCode: 'USER_ERROR' } });
    expect(await fixture.storage.runs.get(failed)).toMatchObject({ error: { ...error, code: 'USER_ERROR' } });
  });

  it('accepts that a cancelled run is cancelled again', async () => {
    const runId = await fixture.newRun();
    await fixture.create(runId, 'run_cancelled');
    const { run, event } = await fixture.create(runId, 'run_cancelled');
    expect([run?.status, event?.eventType]).toEqual(['cancelled', 'run_cancelled']);
    expect(await fixture.log(runId)).toEqual(['run_created', 'run_started', 'run_cancelled', 'run_cancelled']);
  });

  it('refuses runs of a newer SDK, and of one before the log', async () => {
    // From Node versions 4 and 5, of the betas, are taken as 3.
    await expect(fixture.create(newRunId(), 'run_created', { eventData: creation, specVersion: 6 })).rejects.toMatchObject({
      name: 'RunNotSupportedError',
      runSpecVersion: 6,
      worldSpecVersion: 3,
    });
    await expect(fixture.create(newRunId(), 'run_created', { eventData: creation, specVersion: 1 })).rejects.toMatchObject(INVALID);
    await expect(fixture.create(newRunId(), 'run_created', { eventData: creation }, { v1Compat: true })).rejects.toMatchObject(INVALID);
  });

  it('refuses what is no event', async () => {
    const runId = await fixture.newRun();
    const calls = [
      () => fixture.create(runId, 'run_paused'),
      () => fixture.create(runId, 'step_created', { eventData: { stepName: 's', input: INPUT } }),
      () => fixture.create(runId, 'step_created', { correlationId: '', eventData: { stepName: 's', input: INPUT } }),
      () => fixture.create(runId, 'hook_conflict', { correlationId: 'hook_1', eventData: { token: 't' } }),
      () => fixture.create(runId, 'wait_created', { correlationId: 'wait_1', eventData: { resumeAt: 'soon' } }),
    ];
    for (const call of calls) await fixture.refuses(runId, call, INVALID);
    await expect(fixture.create('run-1', 'run_started')).rejects.toMatchObject(INVALID);
  });

  it('refuses what was decided without the newest event from outside, and nothing else', async () => {
    const { runId, stepId } = await fixture.newStep();
    const later = { correlationId: 'step_2', eventData: { stepName: 's', input: INPUT } };
    await fixture.step(runId, stepId, 'started');
    await fixture.create(runId, 'step_created', later, { stateUpdatedAt: 1 });
    const { event } = await fixture.step(runId, stepId, 'completed', { result: bytes(1) });
    const seenMs = event?.createdAt.getTime() ?? 0;
    const third = { ...later, correlationId: 'step_3' };
    await fixture.refuses(runId, () => fixture.create(runId, 'step_created', third, { stateUpdatedAt: seenMs - 1 }), {
      name: 'PreconditionFailedError',
      status: 412,
    });
    await fixture.create(runId, 'step_created', third, { stateUpdatedAt: seenMs });
  });
}
