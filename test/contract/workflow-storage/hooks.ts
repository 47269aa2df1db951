import { expect, it } from 'vitest';
import { bytes, CONFLICT, INPUT, newToken, NO_HOOK, type StorageFixture } from './fixture.ts';

export function describeHooks(fixture: StorageFixture): void {
  it('finds a hook by its id and by its token', async () => {
    const [runId, token, hookId] = [await fixture.newRun(), newToken(), `hook_${crypto.randomUUID()}`];
    const { hook } = await fixture.hook(runId, hookId, token, { metadata: bytes(5), isWebhook: false });
    expect(hook).toMatchObject({ runId, hookId, token, metadata: bytes(5), isWebhook: false });
    expect(await fixture.storage.hooks.get(hookId)).toEqual(hook);
    expect(await fixture.storage.hooks.getByToken(token)).toEqual(hook);
    expect(await fixture.storage.hooks.getByToken(token, { resolveData: 'none' })).not.toHaveProperty('metadata');
  });

  it('takes a hook that does not say so for a webhook', async () => {
    const { hook } = await fixture.hook(await fixture.newRun(), 'hook_1', newToken());
    expect(hook?.isWebhook).toBe(true);
  });

  it('refuses to create a hook twice', async () => {
    const [runId, token] = [await fixture.newRun(), newToken()];
    await fixture.hook(runId, 'hook_1', token);
    await fixture.refuses(runId, () => fixture.hook(runId, 'hook_1', token), CONFLICT);
    await fixture.refuses(runId, () => fixture.hook(runId, 'hook_1', newToken()), CONFLICT);
    expect((await fixture.storage.hooks.getByToken(token)).hookId).toBe('hook_1');
  });

  it('writes down that a token is taken, and by whom, instead of refusing', async () => {
    const [owner, other, token] = [await fixture.newRun(), await fixture.newRun(), newToken()];
    await fixture.hook(owner, 'hook_1', token);
    for (const runId of [other, owner]) {
      const { event, hook } = await fixture.hook(runId, 'hook_2', token);
      expect(event).toMatchObject({ eventType: 'hook_conflict', correlationId: 'hook_2', eventData: { token, conflictingRunId: owner } });
      expect(hook).toBeUndefined();
    }
    expect(await fixture.log(other)).toEqual(['run_created', 'run_started', 'hook_conflict']);
    expect((await fixture.storage.hooks.getByToken(token)).runId).toBe(owner);
  });

  it('logs what a live hook receives', async () => {
    const [runId, token] = [await fixture.newRun(), newToken()];
    await fixture.hook(runId, 'hook_1', token);
    for (const payload of [bytes(1), bytes(2)]) {
      const { event } = await fixture.create(runId, 'hook_received', { correlationId: 'hook_1', eventData: { token, payload } });
      expect(event).toMatchObject({ eventType: 'hook_received', correlationId: 'hook_1', eventData: { token, payload } });
    }
  });

  it('frees the token of a hook that is disposed of, which receives nothing any more', async () => {
    const [runId, other, token] = [await fixture.newRun(), await fixture.newRun(), newToken()];
    await fixture.hook(runId, 'hook_1', token);
    await fixture.create(runId, 'hook_disposed', { correlationId: 'hook_1', eventData: { token } });
    await expect(fixture.storage.hooks.getByToken(token)).rejects.toMatchObject({ ...NO_HOOK, token });
    const received = { correlationId: 'hook_1', eventData: { payload: INPUT } };
    await fixture.refuses(runId, () => fixture.create(runId, 'hook_received', received), { ...NO_HOOK, token });
    await fixture.refuses(runId, () => fixture.create(runId, 'hook_disposed', { correlationId: 'hook_1' }), NO_HOOK);
    await fixture.refuses(runId, () => fixture.hook(runId, 'hook_1', token), CONFLICT);
    expect((await fixture.hook(other, 'hook_1', token)).event?.eventType).toBe('hook_created');
  });

  it('lets a run use a token again that it has freed', async () => {
    const [runId, token] = [await fixture.newRun(), newToken()];
    for (const hookId of ['hook_1', 'hook_2', 'hook_3']) {
      expect((await fixture.hook(runId, hookId, token)).event?.eventType).toBe('hook_created');
      await fixture.create(runId, 'hook_disposed', { correlationId: hookId });
    }
  });

  it.each([
    ['run_completed', { eventData: { output: INPUT } }],
    ['run_failed', { eventData: { error: 'no' } }],
    ['run_cancelled', {}],
  ])('frees all tokens of a run with %s', async (eventType, event) => {
    const [runId, other, tokens] = [await fixture.newRun(), await fixture.newRun(), [newToken(), newToken()]];
    for (const [index, token] of tokens.entries()) await fixture.hook(runId, `hook_${index}`, token);
    await fixture.create(runId, eventType, event);
    await fixture.refuses(
      runId,
      () => fixture.create(runId, 'hook_received', { correlationId: 'hook_0', eventData: { payload: INPUT } }),
      NO_HOOK,
    );
    await fixture.refuses(runId, () => fixture.hook(runId, 'hook_9', newToken()), CONFLICT);
    for (const [index, token] of tokens.entries()) {
      await expect(fixture.storage.hooks.getByToken(token)).rejects.toMatchObject(NO_HOOK);
      expect((await fixture.hook(other, `hook_${index}`, token)).event?.eventType).toBe('hook_created');
    }
  });

  it('knows no hook that there is not', async () => {
    const runId = await fixture.newRun();
    const event = { correlationId: 'hook_9', eventData: { token: 'nobody', payload: INPUT } };
    for (const eventType of ['hook_received', 'hook_disposed'])
      await fixture.refuses(runId, () => fixture.create(runId, eventType, event), { ...NO_HOOK, token: 'nobody' });
    await expect(fixture.storage.hooks.get('hook_9-none')).rejects.toMatchObject(NO_HOOK);
    await expect(fixture.storage.hooks.getByToken(newToken())).rejects.toMatchObject(NO_HOOK);
  });
}
