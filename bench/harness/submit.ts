/** Submits scores to a leaderboard, as anybody with a key does. */
import type { ClientModels } from '../../.bao/models.ts';
import { createClient, SteamerError, type SteamerClient } from '../../src/client/index.ts';
import { UsageError } from './command-line.ts';
import type { Score } from './scores.ts';

/** A leaderboard that takes submissions. */
export interface Board {
  /**
   * Submits scores and waits for what becomes of them.
   *
   * @param onProgress is told of each
   * @returns how many were rejected
   * @throws UsageError when the leaderboard refuses the key, or does not answer
   */
  submit(scores: readonly Score[], onProgress: (line: string) => void): Promise<number>;
}

type Client = SteamerClient<Pick<ClientModels, 'benchmarks' | 'systems'>>;

/** What the workflow of the leaderboard returns. */
interface Outcome {
  state: 'published' | 'rejected';
  reason: string;
}

/**
 * Looks whether there is a leaderboard, before anything is measured for it.
 *
 * @param url of the service with the tenant, "http://127.0.0.1:8787/v1/demo"
 * @param key an API key with workflows:read and workflows:write; with models:write it also makes the benchmarks and systems that are not there
 * @throws UsageError when there is no key, or the leaderboard does not take it
 */
export async function openBoard(url: string, key: string | undefined): Promise<Board> {
  if (!key)
    throw new UsageError(
      '--submit: expected an API key of the leaderboard in STEAMER_KEY, with the scopes workflows:read and workflows:write',
    );
  if (!URL.canParse(url)) throw new UsageError(`--submit: expected an address like http://127.0.0.1:8787/v1/demo, got "${url}"`);
  const client: Client = createClient({ url, headers: { authorization: `Bearer ${key}` } });
  const names = await client.workflows.names().catch(refusedBy(url));
  if (!names.includes('submit')) throw new UsageError(`--submit: ${url} has no workflow "submit"; it has ${names.join(', ') || 'none'}`);
  return {
    async submit(scores, onProgress) {
      const runs = await submitAll(client, scores).catch(refusedBy(url));
      let rejected = 0;
      for (const [{ benchmark, system, value }, runId] of runs) {
        const { state, reason } = await outcomeOf(client, runId).catch(refusedBy(url));
        if (state === 'rejected') rejected += 1;
        onProgress(
          `${state}: ${benchmark.title} of ${system.name}, ${value.toLocaleString('en', { maximumSignificantDigits: 4 })} (${reason})`,
        );
      }
      return rejected;
    },
  };
}

async function submitAll(client: Client, scores: readonly Score[]): Promise<[Score, string][]> {
  const isThere = (error: unknown): void => {
    // A key that may not make it leaves it to the leaderboard to say that it is not there.
    if (!(error instanceof SteamerError) || !['conflict', 'forbidden'].includes(error.code)) throw error;
  };
  const benchmarks = new Map(scores.map(({ benchmark }) => [benchmark.benchmarkId, benchmark]));
  const systems = new Map(scores.map(({ system }) => [system.systemId, system]));
  for (const benchmark of benchmarks.values()) await client.models.benchmarks.create(benchmark).then(() => undefined, isThere);
  for (const system of systems.values()) await client.models.systems.create({ ...system, kind: 'bench' }).then(() => undefined, isThere);
  const runs: [Score, string][] = [];
  for (const score of scores) runs.push([score, await start(client, score)]);
  return runs;
}

/** The key names the figure: one that is submitted twice is one submission. */
function start({ workflows }: Client, { benchmark: { benchmarkId }, system: { systemId }, ...measured }: Score): Promise<string> {
  const idempotencyKey = `${benchmarkId}/${systemId}/${measured.measuredAt}`;
  return workflows.start('submit', [{ benchmarkId, systemId, ...measured }], { idempotencyKey });
}

async function outcomeOf({ workflows }: Client, runId: string): Promise<Outcome> {
  for await (const { event } of workflows.events(runId)) void event; // until there are no more: the run has ended
  const { status, output } = await workflows.get(runId, { payloads: true });
  return status === 'completed' ? (output as Outcome) : { state: 'rejected', reason: `its run ${runId} is ${status}` }; // what `submit` returns
}

function refusedBy(url: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof SteamerError)) throw new UsageError(`--submit: ${url} does not answer: ${String(error)}`, { cause: error });
    throw new UsageError(`--submit: ${url} refuses it: ${error.code}, ${error.message}`, { cause: error });
  };
}
