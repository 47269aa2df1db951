import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeEach, expect, test } from 'vitest';
import { run, type RunnerOptions } from '../../examples/leaderboard/runner/runner.ts';
import type { BoardModels, Score, Submission as Submitted } from '../../examples/leaderboard/runner/submissions.ts';
import models, { tableProfile } from '../../.bao/models.ts';
import { createClient, type JsonClientOptions, type SteamerClient } from '../../src/client/index.ts';
import type { Route } from '../../src/routes/route.ts';
import { createService } from '../../src/service.ts';
import { eventually } from '../setup/eventually.ts';
import { createTenant, type RestClient } from '../setup/rest-client.ts';

/** The submissions that were handed in, in the place of workflows, which need the Workflow SDK. */
const handedIn: string[] = [];
const validations: Route = {
  method: 'POST',
  path: '/v1/:tenant/workflows/runs',
  summary: 'Starts a workflow',
  access: { scope: 'models:write' },
  limit: 'write',
  mutates: true,
  cacheable: false,
  bodyLimitBytes: 1_000,
  schemas: { responses: {} },
  async handle({ request }) {
    const { workflow, input } = (await request.json()) as { workflow: string; input: [string] }; // the runner's
    handedIn.push(input[0]);
    return Response.json({ runId: `wrun_${workflow}` }, { status: 201 });
  },
};
const { handler } = createService({ models, tableProfile, routes: [validations] });
const LEASE_MS = 600_000;
const SCORE: Score = { value: 7, machine: 'm', measuredAt: '2026-11-20T00:00:00.000Z' };

let acme: RestClient;
let board: SteamerClient<BoardModels>;
let nowMs: number;
beforeEach(async () => {
  acme = await createTenant();
  board = clientOn(async (request) => request);
  nowMs = Date.now();
});

/** @param way what a request goes through before it arrives */
function clientOn(way: (request: Request) => Promise<Request>, options: Partial<JsonClientOptions> = {}): SteamerClient<BoardModels> {
  return createClient<BoardModels>({
    url: `https://steamer.test/v1/${acme.tenant}`,
    headers: { authorization: `Bearer ${acme.token}` },
    async fetch(url, init) {
      const request = await way(new Request(url, init));
      return handler.fetch(request as Parameters<typeof handler.fetch>[0], env, createExecutionContext()); // the test's own request
    },
    ...options,
  });
}

/** A runner that works until it is stopped. */
function start(options: Partial<RunnerOptions> & Pick<RunnerOptions, 'execute'>): { stop: () => Promise<void>; said: string[] } {
  const stopping = new AbortController();
  const said: string[] = [];
  const ended = run({
    client: board,
    runner: 'r',
    benchmarks: ['gets'],
    leaseMs: LEASE_MS,
    idleMs: 20,
    maxAttempts: 2,
    now: () => nowMs,
    signal: stopping.signal,
    log: (line) => said.push(line),
    ...options,
  });
  return {
    said,
    stop() {
      stopping.abort();
      return ended;
    },
  };
}

const queue = (systemId: string, benchmarkId = 'gets') => board.models.submissions.create({ benchmarkId, systemId, state: 'queued' });
const read = ({ submissionId }: Submitted) => board.models.submissions.get(submissionId, { consistency: 'strong' });
/** Measures until it is told to stop. */
const forEver = (_: Submitted, signal: AbortSignal) =>
  new Promise<Score>((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))));

test('several runners execute every submission of their benchmarks once, and hand in its score to be validated', async () => {
  const submissions = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map((systemId) => queue(systemId)));
  const other = await queue('a', 'unknown');
  const executed: string[] = [];
  const execute = async ({ systemId }: Submitted) => {
    executed.push(systemId);
    return SCORE;
  };
  const runners = ['r1', 'r2', 'r3'].map((runner) => start({ runner, execute }));
  await eventually(async () => {
    const states = await Promise.all(submissions.map(read));
    expect(states.map((submission) => submission?.state)).toEqual(submissions.map(() => 'validating'));
  });
  await Promise.all(runners.map(({ stop }) => stop()));
  expect(executed.toSorted()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  expect(await read(submissions[5] ?? other)).toMatchObject(SCORE);
  const ids = submissions.map(({ submissionId }) => submissionId);
  expect(handedIn.filter((id) => ids.includes(id)).toSorted()).toEqual(ids.toSorted());
  expect(await read(other)).toMatchObject({ state: 'queued', attempts: 0 });
});

test('what a killed runner was executing is taken over when its lease ends; should it wake up, its score is refused', async () => {
  const submission = await queue('a');
  const measured = Promise.withResolvers<Score>();
  const killed = start({ runner: 'killed', execute: () => measured.promise });
  await eventually(async () => expect(await read(submission)).toMatchObject({ state: 'claimed' }));
  let looks = 0;
  const counted = clientOn(async (request) => {
    looks += request.method === 'GET' ? 1 : 0;
    return request;
  });
  const second = start({ client: counted, runner: 'second', execute: async () => SCORE });
  await eventually(() => expect(looks).toBeGreaterThan(3));
  expect((await read(submission))?.state).toBe('claimed');

  nowMs += LEASE_MS + 1;
  await eventually(async () => expect(await read(submission)).toMatchObject({ state: 'validating', attempts: 2 }));
  measured.resolve({ ...SCORE, value: 8 });
  await eventually(() => expect(killed.said.at(-1)).toMatch(/is no longer this runner’s/));
  await Promise.all([killed.stop(), second.stop()]);
  expect(await read(submission)).toMatchObject(SCORE);
});

test('a lease is renewed while the benchmark runs; a runner that cannot stops it, and one that is stopped gives it back', async () => {
  const submission = await queue('a');
  const first = start({ leaseMs: 60, execute: forEver });
  const renewed = async () => (await read(submission))?.revision;
  const seen = new Set<string | undefined>();
  await eventually(async () => expect(seen.add(await renewed()).size).toBeGreaterThan(3));
  await first.stop();
  expect(await read(submission)).toMatchObject({ state: 'queued', attempts: 0 });

  const withdrawn = start({ leaseMs: 60, execute: forEver });
  await eventually(async () => expect((await read(submission))?.state).toBe('claimed'));
  await board.models.submissions.delete(submission.submissionId);
  await eventually(() => expect(withdrawn.said.join()).toMatch(/is no longer/));
  await withdrawn.stop();
});

test('what fails is tried again after the lease, and is rejected for the last reason then', async () => {
  const submission = await queue('a');
  let tries = 0;
  const failing = start({ execute: () => Promise.reject(new Error(`no ${++tries}`)) });
  await eventually(async () => expect(await read(submission)).toMatchObject({ state: 'claimed', reason: 'no 1' }));
  nowMs += LEASE_MS + 1;
  await eventually(async () => expect(await read(submission)).toMatchObject({ state: 'rejected', reason: 'no 2', attempts: 2 }));
  await failing.stop();
});

test('what has ended its runners as often as it may be tried is rejected', async () => {
  const submission = await queue('a');
  await board.models.submissions.update(submission.submissionId, {
    state: 'claimed',
    attempts: 2,
    claimedUntil: new Date(nowMs - 1).toISOString(),
  });
  const runner = start({ execute: forEver });
  await eventually(async () =>
    expect(await read(submission)).toMatchObject({ state: 'rejected', reason: expect.stringMatching(/killed/) }),
  );
  await runner.stop();
});

test('what was handed in, and is not validated when the lease ends, is handed in again, until that was tried often enough', async () => {
  const { submissionId } = await queue('a');
  const once = () => handedIn.filter((id) => id === submissionId).length;
  const runner = start({ execute: async () => SCORE });
  await eventually(() => expect(once()).toBe(1));
  nowMs += LEASE_MS + 1;
  await eventually(() => expect(once()).toBe(2));
  nowMs += LEASE_MS + 1;
  await eventually(async () => expect((await board.models.submissions.get(submissionId))?.state).toBe('rejected'));
  await runner.stop();
});

test('a runner ends with the reason when its key is refused, and goes on when the service is away', async () => {
  const submission = await queue('a');
  const refused = clientOn(async (request) => request, { headers: {} });
  await expect(start({ client: refused, execute: forEver }).stop()).rejects.toMatchObject({ code: 'unauthenticated' });

  let isAway = true;
  const away = clientOn(
    async (request) => {
      if (isAway && request.method === 'GET') {
        isAway = false;
        throw new TypeError('no connection');
      }
      return request;
    },
    { retries: 0 },
  );
  const patient = start({ client: away, execute: async () => SCORE });
  await eventually(async () => expect((await read(submission))?.state).toBe('validating'));
  await patient.stop();
  expect(patient.said[0]).toMatch(/does not answer.*no connection/);
});
