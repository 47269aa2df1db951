import { expect, it } from 'vitest';
import { CONFLICT, MISSING, type StorageFixture } from './fixture.ts';

export function describeWaits(fixture: StorageFixture): void {
  const create = (runId: string, resumeAt: unknown) =>
    fixture.create(runId, 'wait_created', { correlationId: 'wait_1', eventData: { resumeAt } });
  const complete = (runId: string) => fixture.create(runId, 'wait_completed', { correlationId: 'wait_1' });

  it('creates a wait, and completes it, once each', async () => {
    const [runId, resumeAt] = [await fixture.newRun(), new Date(Date.now() + 60_000)];
    const { wait, event } = await create(runId, resumeAt);
    expect(wait).toMatchObject({ waitId: `${runId}-wait_1`, runId, status: 'waiting', resumeAt });
    expect(event?.eventData).toEqual({ resumeAt });
    await fixture.refuses(runId, () => create(runId, resumeAt), CONFLICT);
    const completed = await complete(runId);
    expect(completed.wait).toMatchObject({ status: 'completed', resumeAt });
    expect(completed.wait?.completedAt).toBeInstanceOf(Date);
    await fixture.refuses(runId, () => complete(runId), CONFLICT);
  });

  it('takes an instant as text, too', async () => {
    const { event } = await create(await fixture.newRun(), '2030-01-01T00:00:00.000Z');
    expect(event?.eventData).toEqual({ resumeAt: new Date('2030-01-01T00:00:00.000Z') });
  });

  it('knows no wait that there is not, or whose run has ended', async () => {
    const runId = await fixture.newRun();
    await fixture.refuses(runId, () => complete(runId), MISSING);
    await create(runId, new Date());
    await fixture.create(runId, 'run_cancelled');
    await fixture.refuses(runId, () => complete(runId), MISSING);
    await fixture.refuses(runId, () => create(runId, new Date()), CONFLICT);
  });
}
