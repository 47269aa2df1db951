/** Owns everything a start has started, and ends it: in reverse order, whatever the reason. */
import { wranglerCommand, type WranglerOutcome } from '../../src/cli/wrangler.ts';
import { type GroupCommand, startProcessGroup } from './process-group.ts';
import { StartError } from './start-error.ts';

export interface Runner {
  /** true from the moment on that everything is being ended */
  readonly isEnding: () => boolean;
  /** runs a command to its end; it is ended when the start is */
  readonly run: (command: GroupCommand) => Promise<WranglerOutcome>;
  /** runs `wrangler <args>` to its end, with its logs under `dataDir` */
  readonly wrangler: (args: readonly string[], dataDir: string) => Promise<WranglerOutcome>;
  /** has something ended with the start, before whatever was added earlier */
  readonly atEnd: (name: string, end: () => Promise<void>) => void;
  /** ends the start with an error when `gone` resolves while it is meant to run */
  readonly mustLive: (name: string, gone: Promise<unknown>, lastWords?: () => string) => void;
  /** reports `error`, ends everything and the process with 1; does nothing while the start is already ending */
  readonly fail: (error: unknown) => Promise<void>;
}

const WATCH_PARENT_EVERY_MS = 500;
const EXIT_CODE_BY_SIGNAL = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** A runner that also listens to SIGINT, SIGTERM and SIGHUP, and to the end of npm: the first ends everything in order, a second at once. */
export function createRunner(): Runner {
  const endings: { name: string; end: () => Promise<void> }[] = [];
  let isEnding = false;

  const endAll = async () => {
    for (const { name, end } of endings.splice(0).toReversed()) {
      await end().catch((error: unknown) => console.error(`${name} did not end cleanly: ${String(error)}`));
    }
  };
  const fail = async (error: unknown) => {
    if (isEnding) return;
    isEnding = true;
    console.error(`\n${error instanceof StartError ? `npm start: ${error.message}` : describe(error)}`);
    await endAll();
    process.exit(1);
  };
  const onSignal = async (signal: keyof typeof EXIT_CODE_BY_SIGNAL) => {
    if (isEnding) process.exit(EXIT_CODE_BY_SIGNAL[signal]);
    isEnding = true;
    console.log('\nStopping');
    await endAll();
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void onSignal(signal));
  whenNpmIsGone(() => void onSignal('SIGTERM'));

  const run = async (command: GroupCommand): Promise<WranglerOutcome> => {
    const group = startProcessGroup(command);
    const ending = { name: command.command, end: group.stop };
    endings.push(ending);
    const exitCode = await group.ended;
    const index = endings.indexOf(ending);
    if (index >= 0) endings.splice(index, 1);
    return { exitCode, ...group.output() };
  };

  return {
    isEnding: () => isEnding,
    run,
    wrangler: (args, dataDir) => run(wranglerCommand(args, dataDir)),
    atEnd: (name, end) => endings.push({ name, end }),
    mustLive(name, gone, lastWords = () => '') {
      void gone.then(() => fail(new StartError(`${name} has ended by itself, so everything is stopped\n\n${lastWords()}`.trim())));
    },
    fail,
  };
}

/** A signal to npm ends npm and its shell, and does not reach us. */
function whenNpmIsGone(then: () => void): void {
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const shellPid = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === shellPid) return;
    clearInterval(timer);
    then();
  }, WATCH_PARENT_EVERY_MS);
  timer.unref();
}

function describe(error: unknown): string {
  const isCoded = error instanceof Error && 'code' in error && typeof error.code === 'string';
  return isCoded || !(error instanceof Error)
    ? `npm start: ${error instanceof Error ? error.message : String(error)}`
    : (error.stack ?? error.message);
}
