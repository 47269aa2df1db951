import { expect, it } from 'vitest';
import { bytes, creation, INPUT, newRunId, newToken, type StorageFixture } from './fixture.ts';

const TEN = Array.from({ length: 10 }, (_, index) => index);

export function describeRaces(fixture: StorageFixture): void {
  /** How many of ten calls at once succeed; the others have to be refused with a conflict. */
  async function winners(call: (index: number) => Promise<unknown>): Promise<number> {
    const outcomes = await Promise.allSettled(TEN.map(call));
    const losers = outcomes.filter((outcome) => outcome.status === 'rejected');
    for (const { reason } of losers) expect(reason).toMatchObject({ name: 'EntityConflictError' });
    return outcomes.length - losers.length;
  }

  it('creates a run once', async () => {
    const runId = newRunId();
    expect(await winners(() => fixture.create(runId, 'run_created', { eventData: creation }))).toBe(1);
    expect(await fixture.log(runId)).toEqual(['run_created']);
  });

  it('starts a run once, also when it was not created before', async () => {
    const runId = newRunId();
    expect(await winners(() => fixture.create(runId, 'run_started', { eventData: creation }))).toBe(10);
    expect(await fixture.log(runId)).toEqual(['run_created', 'run_started']);
  });

  it('creates a step once', async () => {
    const runId = await fixture.newRun();
    expect(await winners(() => fixture.step(runId, 'step_1', 'created'))).toBe(1);
    expect(await fixture.log(runId)).toEqual(['run_created', 'run_started', 'step_created']);
  });

  it('completes or fails a step once', async () => {
    const { runId, stepId } = await fixture.newStep();
    await fixture.step(runId, stepId, 'started');
    const end = (index: number) =>
      fixture.step(runId, stepId, index % 2 === 0 ? 'completed' : 'failed', { result: bytes(index), error: 'no' });
    expect(await winners(end)).toBe(1);
    expect(await fixture.log(runId)).toHaveLength(5);
  });

  it('ends a run once', async () => {
    const runId = await fixture.newRun();
    expect(await winners((index) => fixture.create(runId, 'run_completed', { eventData: { output: bytes(index) } }))).toBe(1);
    expect(await fixture.log(runId)).toEqual(['run_created', 'run_started', 'run_completed']);
  });

  it('gives a token to one of ten runs, and tells the others which', async () => {
    const token = newToken();
    const runs = await Promise.all(TEN.map(() => fixture.newRun()));
    const results = await Promise.all(runs.map((runId) => fixture.hook(runId, 'hook_1', token)));
    const owners = results.filter(({ hook }) => hook !== undefined).map(({ hook }) => hook?.runId);
    expect(owners).toHaveLength(1);
    for (const { event } of results.filter(({ hook }) => hook === undefined))
      expect(event).toMatchObject({ eventType: 'hook_conflict', eventData: { token, conflictingRunId: owners[0] } });
    expect((await fixture.storage.hooks.getByToken(token)).runId).toBe(owners[0]);
  });

  it('creates a hook once, and leaves it its token', async () => {
    const [runId, token] = [await fixture.newRun(), newToken()];
    expect(await winners(() => fixture.hook(runId, 'hook_1', token))).toBe(1);
    expect((await fixture.storage.hooks.getByToken(token)).hookId).toBe('hook_1');
    expect(await fixture.log(runId)).toEqual(['run_created', 'run_started', 'hook_created']);
  });

  it('gives a token that became free to one of ten runs', async () => {
    const [last, token] = [await fixture.newRun(), newToken()];
    await fixture.hook(last, 'hook_1', token);
    const runs = await Promise.all(TEN.map(() => fixture.newRun()));
    await fixture.create(last, 'run_cancelled');
    const results = await Promise.all(runs.map((runId) => fixture.hook(runId, 'hook_1', token)));
    expect(results.filter(({ hook }) => hook !== undefined)).toHaveLength(1);
  });

  it('numbers 100 events at once without gaps, in one order for everybody', async () => {
    const runId = await fixture.newRun();
    const created = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        fixture.create(runId, 'step_created', { correlationId: `step_${index}`, eventData: { stepName: 's', input: INPUT } }),
      ),
    );
    const { data } = await fixture.storage.events.list({ runId, pagination: { limit: 1000 } });
    expect(data).toHaveLength(102);
    const ids = data.map(({ eventId }) => eventId);
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(ids)).toEqual(new Set([...created.map(({ event }) => event?.eventId), ids[0], ids[1]]));
  });
}
