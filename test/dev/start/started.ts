/** Starts of the project for tests: in a folder, on a port, with data of their own. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';

export interface Start {
  process: ChildProcess;
  output(): string;
  exitCode: Promise<number | null>;
}

export interface StartPlace {
  port: number;
  dataDir: string;
  /** default: this project */
  project?: string;
  /** with the leaderboard's workflows, which have to be installed; default: no */
  hasWorkflows?: boolean;
}

export function start({ port, dataDir, project = '.', hasWorkflows = false }: StartPlace, ...args: string[]): Start {
  const options = ['--port', String(port), '--data-dir', dataDir, ...(hasWorkflows ? [] : ['--without-workflows'])];
  const child = spawn(process.execPath, ['dev/start.ts', ...options, ...args], {
    cwd: project,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  return { process: child, output: () => text, exitCode: new Promise((resolve) => child.once('close', resolve)) };
}

/** @throws Error with the output when the start ends before it is ready */
export async function startedUp(place: StartPlace, ...args: string[]): Promise<Start> {
  const begun = start(place, ...args);
  let hasEnded = false;
  void begun.exitCode.then(() => (hasEnded = true));
  while (!begun.output().includes('Ctrl-C stops everything')) {
    if (hasEnded) throw new Error(begun.output());
    await pause();
  }
  return begun;
}

export function stopped({ process: child, exitCode }: Start, signal: NodeJS.Signals): Promise<number | null> {
  child.kill(signal);
  return exitCode;
}

export function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50));
}

/** The commands of the closing text. */
export function curlLines(begun: Start): string[] {
  return begun.output().match(/^ {2}curl .+$/gm) ?? [];
}

/** What a command writes, or its error. */
export function shell(command: string): Promise<string> {
  return new Promise((resolve) => execFile('sh', ['-c', command], (error, stdout) => resolve(error === null ? stdout : error.message)));
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: free } = server.address() as AddressInfo; // a TCP server's address
  await new Promise((resolve) => server.close(resolve));
  return free;
}
