/** Starts a DynamoDB on this machine: dynoxide where its binary installs, else AWS's DynamoDB Local where Java is. */
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoClient } from '../dynamo/dynamo-client.ts';
import { startInBackground } from './background-process.ts';
import { findPort } from './free-port.ts';
import { engineCommand, LOCAL_ENGINES, type EngineCommand, type LocalEngine } from './local-engines.ts';

export interface LocalDynamoDbOptions {
  /** default: the environment's STEAMER_DYNAMODB, else the first engine that can run here, dynoxide before dynamodb-local */
  engine?: LocalEngine;
  /** default: any free one */
  port?: number;
  /** keeps the tables in this folder across restarts; default: in memory. Each engine has a file format of its own. */
  dataDir?: string;
}

export interface LocalDynamoDb {
  /** "http://127.0.0.1:8000" */
  endpoint: string;
  engine: LocalEngine;
  pid: number;
  /** resolves when the process has ended, whoever ended it */
  exited: Promise<void>;
  /** ends the process and waits for its end; a second call does nothing more */
  stop(): Promise<void>;
}

const READY_WITHIN_MS = 60_000;
const POLL_MS = 10;
const FREE_PORT_ATTEMPTS = 3;

/**
 * Starts a local DynamoDB and resolves when it answers. It ends with this process: on exit and on SIGINT, SIGTERM and SIGHUP.
 *
 * @throws Error when no engine can run (naming each, and DYNAMODB_ENDPOINT), when the port is taken, or when it does not answer in time
 */
export async function startLocalDynamoDb(options: LocalDynamoDbOptions = {}): Promise<LocalDynamoDb> {
  const engines = chosenEngines(options.engine ?? process.env['STEAMER_DYNAMODB']);
  const attempts = options.port === undefined ? FREE_PORT_ATTEMPTS : 1;
  for (let attempt = 1; ; attempt++) {
    const port = await findPort(options.port);
    const { engine, command } = firstRunnable(engines, port, options.dataDir ?? null);
    try {
      return await startEngine(engine, command, port);
    } catch (error) {
      // Another process may take a free port between our look and the engine's bind.
      if (attempt === attempts) throw error;
    }
  }
}

function chosenEngines(name: string | undefined): readonly LocalEngine[] {
  if (name === undefined || name === '') return LOCAL_ENGINES;
  const engine = LOCAL_ENGINES.find((known) => known === name);
  if (engine === undefined) throw new Error(`unknown local DynamoDB "${name}": expected ${LOCAL_ENGINES.join(' or ')}`);
  return [engine];
}

function firstRunnable(engines: readonly LocalEngine[], port: number, dataDir: string | null) {
  const reasons: string[] = [];
  for (const engine of engines) {
    const command = engineCommand(engine, port, dataDir);
    if ('command' in command) return { engine, command };
    reasons.push(`  ${engine}: ${command.reason}`);
  }
  throw new Error(
    `no local DynamoDB can run here:\n${reasons.join('\n')}\n` +
      'Install one of them, or set DYNAMODB_ENDPOINT to the URL of a DynamoDB that is already running.',
  );
}

async function startEngine(engine: LocalEngine, { command, args }: EngineCommand, port: number): Promise<LocalDynamoDb> {
  const child = startInBackground(command, args);
  const endpoint = `http://127.0.0.1:${port}`;
  const deadline = performance.now() + READY_WITHIN_MS;
  while (!(await answersListTables(endpoint)) || child.ending() !== null) {
    if (child.ending() !== null) throw new Error(`${engine} ended at start on port ${port} (${child.ending()}): ${child.output().trim()}`);
    if (performance.now() > deadline) {
      await child.stop();
      throw new Error(`${engine} did not answer on port ${port} within ${READY_WITHIN_MS / 1_000} s: ${child.output().trim()}`);
    }
    await sleep(POLL_MS);
  }
  return { endpoint, engine, pid: child.pid, exited: child.exited, stop: () => child.stop() };
}

/** True for a DynamoDB that has finished starting: DynamoDB Local accepts connections before it can answer. */
async function answersListTables(endpoint: string): Promise<boolean> {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
  return (await client.send('ListTables', { Limit: 1 })).ok;
}
