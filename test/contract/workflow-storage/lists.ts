import { expect, it, vi } from 'vitest';
import { bytes, INPUT, INVALID, MISSING, newToken, type StorageFixture } from './fixture.ts';

const PAYLOADS = ['input', 'output', 'error', 'result', 'metadata', 'payload'];

export function describeLists(fixture: StorageFixture): void {
  const storage = () => fixture.storage;

  /** A run with so many steps, each created only. */
  async function runWithSteps(count: number): Promise<string> {
    const runId = await fixture.newRun();
    for (let number = 1; number <= count; number++) await fixture.step(runId, `step_${number}`, 'created');
    return runId;
  }

  it('pages through the log forwards, with ids in order and a cursor for what comes later', async () => {
    const runId = await runWithSteps(5);
    const first = await storage().events.list({ runId, pagination: { limit: 4 } });
    expect([first.data.length, first.hasMore]).toEqual([4, true]);
    const second = await storage().events.list({ runId, pagination: { limit: 4, cursor: first.cursor } });
    expect([second.data.length, second.hasMore]).toEqual([3, false]);
    const ids = [...first.data, ...second.data].map(({ eventId }) => eventId);
    expect(ids.toSorted()).toEqual(ids);
    expect(ids.every((id) => /^wevt_[0-9A-Z]{26}$/.test(id))).toBe(true);
    const nothing = await storage().events.list({ runId, pagination: { cursor: second.cursor } });
    expect(nothing).toEqual({ data: [], cursor: second.cursor, hasMore: false });
    await fixture.step(runId, 'step_6', 'created');
    const later = await storage().events.list({ runId, pagination: { cursor: nothing.cursor } });
    expect(later.data.map(({ correlationId }) => correlationId)).toEqual(['step_6']);
  });

  it('pages through the log backwards', async () => {
    const runId = await runWithSteps(2);
    const first = await storage().events.list({ runId, pagination: { limit: 3, sortOrder: 'desc' } });
    const second = await storage().events.list({ runId, pagination: { limit: 3, sortOrder: 'desc', cursor: first.cursor } });
    const types = [...first.data, ...second.data].map(({ eventType }) => eventType);
    expect(types).toEqual(['step_created', 'step_created', 'run_started', 'run_created']);
    expect([first.hasMore, second.hasMore]).toEqual([true, false]);
  });

  it('answers a single event, and the events of one part', async () => {
    const runId = await runWithSteps(2);
    const { event } = await fixture.step(runId, 'step_2', 'started');
    expect(await storage().events.get(runId, event?.eventId ?? '')).toEqual(event);
    await expect(storage().events.get(runId, 'wevt_none')).rejects.toMatchObject(MISSING);
    const { data } = await storage().events.listByCorrelationId({ runId, correlationId: 'step_2' });
    expect(data.map(({ eventType }) => eventType)).toEqual(['step_created', 'step_started']);
  });

  it('finds the events of a hook without its run, and of nothing else', async () => {
    const [runId, hookId] = [await fixture.newRun(), `hook_${crypto.randomUUID()}`];
    await fixture.hook(runId, hookId, newToken());
    const { data } = await storage().events.listByCorrelationId({ correlationId: hookId });
    expect(data.map(({ eventType }) => eventType)).toEqual(['hook_created']);
    await expect(storage().events.listByCorrelationId({ correlationId: 'step_2' })).rejects.toMatchObject(INVALID);
  });

  it('lists steps, the newest first unless it is asked otherwise', async () => {
    const runId = await runWithSteps(5);
    const newest = await storage().steps.list({ runId, pagination: { limit: 2 } });
    expect(newest.data.map(({ stepId }) => stepId)).toEqual(['step_5', 'step_4']);
    const next = await storage().steps.list({ runId, pagination: { limit: 2, cursor: newest.cursor } });
    expect(next.data.map(({ stepId }) => stepId)).toEqual(['step_3', 'step_2']);
    const oldest = await storage().steps.list({ runId, pagination: { sortOrder: 'asc' } });
    expect(oldest.data.map(({ stepId }) => stepId)).toEqual(['step_1', 'step_2', 'step_3', 'step_4', 'step_5']);
    expect(oldest.hasMore).toBe(false);
  });

  it('lists the live hooks of a run', async () => {
    const runId = await fixture.newRun();
    for (const hookId of ['hook_1', 'hook_2', 'hook_3']) await fixture.hook(runId, hookId, newToken());
    await fixture.create(runId, 'hook_disposed', { correlationId: 'hook_2' });
    expect((await storage().hooks.list({ runId })).data.map(({ hookId }) => hookId)).toEqual(['hook_3', 'hook_1']);
  });

  it('lists runs by name and state, the newest first', async () => {
    const workflowName = `w-${crypto.randomUUID()}`;
    const runs = [await fixture.newRun({ workflowName }), await fixture.newRun({ workflowName }), await fixture.newRun({ workflowName })];
    await fixture.create(runs[1] ?? null, 'run_completed', { eventData: { output: bytes(3) } });
    const listed = async (filter: object) => (await storage().runs.list({ workflowName, ...filter })).data.map(({ runId }) => runId);
    await vi.waitFor(async () => expect(await listed({ status: 'completed' })).toEqual([runs[1]]), { timeout: 20_000 });
    await vi.waitFor(async () => expect(await listed({ status: 'running' })).toEqual([runs[2], runs[0]]), { timeout: 20_000 });
    expect(await listed({ pagination: { sortOrder: 'asc' } })).toEqual(runs);
    const first = await storage().runs.list({ workflowName, pagination: { limit: 2 } });
    expect(first.hasMore).toBe(true);
    expect(await listed({ pagination: { limit: 2, cursor: first.cursor } })).toEqual([runs[0]]);
    const [completed] = (await storage().runs.list({ workflowName, status: 'completed' })).data;
    expect(completed).toMatchObject({ input: INPUT, output: bytes(3) });
  });

  it('lists the hooks of all runs', async () => {
    const token = newToken();
    const runId = await fixture.newRun();
    await fixture.hook(runId, 'hook_1', token, { metadata: bytes(4) });
    const { data } = await storage().hooks.list({ pagination: { limit: 1000 } });
    expect(data.filter((hook) => hook.token === token)).toMatchObject([{ runId, hookId: 'hook_1', metadata: bytes(4) }]);
  });

  it('leaves payloads out where none are asked for, and nothing else', async () => {
    const resolveData = 'none' as const;
    const { runId, stepId } = await fixture.newStep();
    await fixture.step(runId, stepId, 'started');
    await fixture.step(runId, stepId, 'completed', { stepName: 'named', result: bytes(1) });
    await fixture.hook(runId, 'hook_1', newToken(), { metadata: bytes(2) });
    await fixture.create(runId, 'hook_received', { correlationId: 'hook_1', eventData: { token: 'x', payload: bytes(3) } });
    const { data } = await storage().events.list({ runId, resolveData });
    const members = data.flatMap(({ eventData }) => Object.keys(eventData ?? {}));
    expect(members).toEqual(expect.arrayContaining(['workflowName', 'stepName', 'token']));
    expect(members.filter((name) => PAYLOADS.includes(name))).toEqual([]);
    const entities = [
      await storage().runs.get(runId, { resolveData }),
      await storage().steps.get(runId, stepId, { resolveData }),
      ...(await storage().hooks.list({ runId, resolveData })).data,
      (await fixture.create(runId, 'run_started', {}, { resolveData })).run ?? {},
    ];
    for (const entity of entities) expect(Object.keys(entity).filter((name) => PAYLOADS.includes(name))).toEqual([]);
  });

  it('keeps payloads that are not bytes as the values they are', async () => {
    const { runId, stepId } = await fixture.newStep();
    await fixture.step(runId, stepId, 'started');
    const result = [{ a: null }, 'text', 1];
    await fixture.step(runId, stepId, 'completed', { result });
    expect((await storage().steps.get(runId, stepId)).output).toEqual(result);
  });

  it('refuses limits and cursors that are none', async () => {
    const runId = await fixture.newRun();
    for (const limit of [0, 1001, 1.5])
      await expect(storage().events.list({ runId, pagination: { limit } })).rejects.toMatchObject(INVALID);
    await expect(storage().events.list({ runId, pagination: { cursor: 'x' } })).rejects.toMatchObject(INVALID);
    await expect(storage().runs.list({ pagination: { limit: 1001 } })).rejects.toMatchObject(INVALID);
    expect((await storage().events.list({ runId, pagination: { limit: 1000 } })).data).toHaveLength(2);
  });
}
