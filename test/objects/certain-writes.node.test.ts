import { expect, test } from 'vitest';
import { CertainWrites, type CertainRequest, type DoubtfulWrite, type SendingEnd } from '../../src/objects/tenant-store/certain-writes.ts';

const ROWS = [{ _pk: { S: 'a' } }];
const MINUTE_MS = 60_000;

class World {
  nowMs = 1_000_000;
  readonly stored = new Map<string, DoubtfulWrite>();
  #tokens = 0;
  writes = this.restart();

  restart(): CertainWrites {
    this.writes = new CertainWrites({
      nowMs: () => this.nowMs,
      newToken: () => `new-${this.#tokens++}`,
      holdDownMs: 30_000,
      storage: {
        load: (token) => this.stored.get(token) ?? null,
        save: (token, write) => void this.stored.set(token, write),
        remove: (token) => void this.stored.delete(token),
      },
    });
    return this.writes;
  }

  begin(text = 'contents', ownToken?: string): CertainRequest {
    const request = this.writes.begin('t', 'PutItem', text, ownToken);
    if (request === null) throw new Error('mismatch');
    return request;
  }

  send(outcome: SendingEnd['outcome'], isConclusive = true, text = 'contents'): CertainRequest {
    const request = this.begin(text);
    this.writes.end('t', request, { outcome, isConclusive, rows: ROWS, leftByMs: this.nowMs + 10_000 });
    return request;
  }

  get state(): string {
    return this.writes.outcomeOf('t').state;
  }
}

test('DynamoDB gets the token of the caller, or the one that a transaction has itself', () => {
  expect(new World().begin().requestToken).toBe('t');
  expect(new World().begin('contents', 'own').requestToken).toBe('own');
});

test('a write that runs is running, one that was applied tells its rows, for as long as it may be sent again', () => {
  const world = new World();
  const request = world.begin();
  expect(world.state).toBe('running');
  world.writes.end('t', request, { outcome: 'applied', isConclusive: true, rows: ROWS, leftByMs: 0 });
  expect(world.writes.outcomeOf('t')).toEqual({ state: 'applied', rows: ROWS });
  expect(world.begin().requestToken).toBe('t');
  world.nowMs += 9 * MINUTE_MS;
  expect(new World().state).toBe('forgotten');
});

test('a write in doubt is kept as it was, over restarts, and sent again under the same token', () => {
  const world = new World();
  world.send('refused');
  const { requestToken } = world.send('unknown');
  expect(requestToken).toBe('new-0');
  world.restart();
  expect(world.writes.outcomeOf('t')).toEqual({
    state: 'doubtful',
    request: { operation: 'PutItem', text: 'contents', requestToken: 'new-0' },
  });
  expect(world.send('applied').requestToken).toBe('new-0');
  expect(world.state).toBe('applied');
  expect(world.stored.size).toBe(0);
});

test('a refusal settles nothing while another sending with the token runs, which may be applied', () => {
  const world = new World();
  const [given, sent] = [world.begin(), world.begin()];
  const end = (request: CertainRequest, outcome: SendingEnd['outcome']) =>
    world.writes.end('t', request, { outcome, isConclusive: false, rows: ROWS, leftByMs: world.nowMs + 10_000 });
  end(given, 'refused'); // it never left: its caller had no time
  end(sent, 'unknown');
  expect(world.state).toBe('doubtful');
  expect(world.begin().requestToken).toBe('t');
});

test('what one sending has shown to be applied is not refused by another that never left', () => {
  const world = new World();
  const [sent, given] = [world.begin(), world.begin()];
  world.writes.end('t', sent, { outcome: 'applied', isConclusive: true, rows: ROWS, leftByMs: 0 });
  world.writes.end('t', given, { outcome: 'refused', isConclusive: false, rows: ROWS, leftByMs: 0 });
  expect(world.writes.outcomeOf('t')).toEqual({ state: 'applied', rows: ROWS });
  expect(world.send('refused', false).requestToken).toBe('t');
  expect([world.state, world.begin().requestToken]).toEqual(['applied', 't']);
});

test('other contents under the token of a write that runs or is in doubt are refused', () => {
  const world = new World();
  world.begin();
  expect(world.writes.begin('t', 'PutItem', 'others', undefined)).toBeNull();
  const doubtful = new World();
  doubtful.send('unknown');
  expect(doubtful.writes.begin('t', 'PutItem', 'others', undefined)).toBeNull();
});

test('after a refusal the next contents get another token, since DynamoDB may remember this one', () => {
  const world = new World();
  world.send('refused');
  expect(world.state).toBe('refused');
  expect(world.send('applied', true, 'others').requestToken).toBe('new-0');
});

test('a write in doubt that is refused stays in doubt while its first sending may still arrive', () => {
  const world = new World();
  world.send('unknown');
  world.send('refused');
  expect(world.state).toBe('doubtful');
  world.nowMs += 40_000;
  world.send('refused', false);
  expect(world.state).toBe('doubtful');
  world.send('refused');
  expect(world.state).toBe('refused');
});

test('a write in doubt is given up before DynamoDB forgets its token', () => {
  const world = new World();
  world.send('unknown');
  world.nowMs += 5 * MINUTE_MS;
  world.send('unknown');
  expect(world.state).toBe('doubtful');
  world.nowMs += 4 * MINUTE_MS;
  expect(world.state).toBe('forgotten');
});

test('what an earlier instance has sent is taken over, unless more is known of it or it is too old', () => {
  const world = new World();
  const request = { operation: 'PutItem', text: 'contents', requestToken: 'journaled' } as const;
  world.writes.recall('t', request, world.nowMs - 9 * MINUTE_MS, world.nowMs);
  expect(world.state).toBe('forgotten');
  world.writes.recall('t', request, world.nowMs - MINUTE_MS, world.nowMs);
  world.writes.recall('t', { ...request, requestToken: 'older' }, world.nowMs - MINUTE_MS, world.nowMs);
  expect(world.begin().requestToken).toBe('journaled');
});

test('what is too long to be kept keeps its name, so that the same contents are the same write', () => {
  const world = new World();
  const long = 'x'.repeat(400_001);
  world.send('refused', true, long);
  expect(world.send('unknown', true, long).requestToken).toBe('t');
  expect(world.state).toBe('forgotten');
});

test('of two sendings that run at once, the one that was answered counts', () => {
  const world = new World();
  const [first, second] = [world.begin(), world.begin()];
  world.writes.end('t', first, { outcome: 'applied', isConclusive: true, rows: ROWS, leftByMs: 0 });
  expect(world.state).toBe('running');
  world.writes.end('t', second, { outcome: 'unknown', isConclusive: false, rows: ROWS, leftByMs: 0 });
  expect(world.state).toBe('applied');
});
