/** The Worker on this machine: `wrangler dev` with every binding emulated. */
import { resolve } from 'node:path';
import { stdout } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { wranglerCommand } from '../../src/cli/wrangler.ts';
import { type ProcessGroup, startProcessGroup } from './process-group.ts';
import { StartError } from './start-error.ts';

export interface LocalWorker {
  /** "http://127.0.0.1:8787" */
  url: string;
  process: ProcessGroup;
}

export interface LocalWorkerOptions {
  port: number;
  dataDir: string;
  hasWorkflows: boolean;
  /** the folder of D1 and of the objects' storage */
  persistTo: string;
  /** variables over those of wrangler.toml and .dev.vars */
  variables: Record<string, string>;
}

/** The leaderboard's Worker, by its configuration; what is deployed is `src/worker.ts`. */
export const WITH_WORKFLOWS = ['--config', 'examples/leaderboard/wrangler.toml', '--env-file', '.dev.vars'] as const;
/** The same without workflows, with what the repository's own configuration has. */
const WITHOUT_WORKFLOWS = ['examples/leaderboard/worker-without-workflows.ts', '--config', 'wrangler.toml'];

const READY_WITHIN_MS = 120_000;
const POLL_MS = 50;
const ANSWER_WITHIN_MS = 5_000;
/** wrangler reports a Worker that cannot start and then waits for its source to change; a passing complaint is over by then. */
const ERROR_GRACE_MS = 3_000;
const ERROR_MARK = '✘';

/** Starts the Worker; `waitUntilHealthy` says when it answers. */
export function startWorker({ port, dataDir, hasWorkflows, persistTo, variables }: LocalWorkerOptions): LocalWorker {
  const flags = ['--ip', '127.0.0.1', '--port', String(port), '--persist-to', persistTo, '--show-interactive-dev-session=false'];
  // Examples import the package, which is read from its sources.
  const what = hasWorkflows ? WITH_WORKFLOWS : [...WITHOUT_WORKFLOWS, '--alias', `steamer:${resolve('src/index.ts')}`];
  const vars = Object.entries(variables).flatMap(([name, value]) => ['--var', `${name}:${value}`]);
  return {
    url: `http://127.0.0.1:${port}`,
    process: startProcessGroup(wranglerCommand(['dev', ...what, ...flags, ...vars], dataDir)),
  };
}

/**
 * Resolves when `/healthz` answers 200.
 *
 * @throws StartError with what the Worker wrote when it ends or cannot start, or does not answer within two minutes
 */
export async function waitUntilHealthy({ url, process }: LocalWorker): Promise<void> {
  let deadlineAtMs = performance.now() + READY_WITHIN_MS;
  let hasComplained = false;
  let lastAnswer: string | null = null;
  while (!process.hasEnded() && performance.now() < deadlineAtMs) {
    const answer = await health(url);
    if (answer === 'ok') return;
    lastAnswer = answer ?? lastAnswer;
    if (!hasComplained && process.output().stderr.includes(ERROR_MARK)) {
      hasComplained = true;
      deadlineAtMs = performance.now() + ERROR_GRACE_MS;
    }
    await sleep(POLL_MS);
  }
  const written = process.output();
  const reasons = [lastAnswer, hasComplained ? written.stderr : `${written.stdout}${written.stderr}`];
  throw new StartError(
    `the Worker did not start:\n\n${tidied(
      reasons
        .map((reason) => reason?.trim())
        .filter(Boolean)
        .join('\n\n'),
    )}`,
  );
}

/** What `wrangler dev` writes as the user shall see it: without its name, and without its colours where there is no terminal. */
export function tidied(text: string): string {
  const plain = text.replaceAll(/^\[wrangler:info\] /gm, '');
  return stdout.isTTY ? plain : stripVTControlCharacters(plain);
}

/** 'ok', what was answered instead, or null when nothing answers. */
async function health(url: string): Promise<string | null> {
  try {
    const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    const text = await response.text();
    return response.ok ? 'ok' : `GET /healthz answers ${response.status} ${text.slice(0, 1_000)}`;
  } catch {
    return null;
  }
}
