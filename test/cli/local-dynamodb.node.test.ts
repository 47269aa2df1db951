import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { startLocalDynamoDb, type LocalDynamoDb, type LocalDynamoDbOptions } from '../../src/cli/local-dynamodb.ts';
import { engineCommand } from '../../src/cli/local-engines.ts';
import { ensureTable } from '../../src/dynamo/create-table.ts';
import { DynamoClient } from '../../src/dynamo/dynamo-client.ts';
import { localClientOptions } from '../setup/tables.ts';

const started: LocalDynamoDb[] = [];
const folders: string[] = [];

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const local of started.splice(0)) await local.stop();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

async function start(options: LocalDynamoDbOptions): Promise<LocalDynamoDb> {
  const local = await startLocalDynamoDb(options);
  started.push(local);
  return local;
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'steamer-dynamodb-'));
  folders.push(folder);
  return folder;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const canRunDynamoDbLocal = 'command' in engineCommand('dynamodb-local', 1, null);

describe.for(['dynoxide', 'dynamodb-local'] as const)('%s', (engine) => {
  // without its tool: a skip that is counted, a failure in CI
  const testEngine = test.skipIf('reason' in engineCommand(engine, 1, null) && process.env['CI'] !== 'true');

  testEngine('serves on a free port until it is stopped', { timeout: 60_000 }, async () => {
    const local = await start({ engine });
    expect(local.engine).toBe(engine);
    expect(await ensureTable(localClientOptions(local.endpoint), 'things')).toEqual({ created: true });
    expect(isRunning(local.pid)).toBe(true);
    await local.stop();
    await local.exited;
    expect(isRunning(local.pid)).toBe(false);
    await local.stop();
  });

  testEngine('keeps its tables in a folder across a restart, on the port it is given', { timeout: 60_000 }, async () => {
    const dataDir = join(newFolder(), 'made', 'when-missing');
    const first = await start({ engine, dataDir });
    const client = new DynamoClient(localClientOptions(first.endpoint));
    const item = { _pk: { S: 'a' }, _sk: { S: 'b' }, text: { S: 'still here' } };
    await ensureTable(localClientOptions(first.endpoint), 'things');
    expect(await client.execute('PutItem', { TableName: 'things', Item: item })).toMatchObject({ ok: true });
    await first.stop();

    const second = await start({ engine, dataDir, port: Number(new URL(first.endpoint).port) });
    expect(second.endpoint).toBe(first.endpoint);
    expect(await ensureTable(localClientOptions(second.endpoint), 'things')).toEqual({ created: false });
    const read = await client.execute('GetItem', { TableName: 'things', Key: { _pk: item._pk, _sk: item._sk } });
    expect(read).toMatchObject({ ok: true, output: { Item: item } });
  });

  testEngine('says which port is taken', { timeout: 60_000 }, async () => {
    const first = await start({ engine: 'dynoxide' });
    const port = Number(new URL(first.endpoint).port);
    await expect(startLocalDynamoDb({ engine, port })).rejects.toThrow(`port ${port} is taken`);
    expect(isRunning(first.pid)).toBe(true);
  });
});

describe('startLocalDynamoDb', () => {
  test('takes the engine that STEAMER_DYNAMODB names', async () => {
    vi.stubEnv('STEAMER_DYNAMODB', 'dynoxide');
    expect((await start({})).engine).toBe('dynoxide');
    vi.stubEnv('STEAMER_DYNAMODB', 'dynalite');
    await expect(startLocalDynamoDb()).rejects.toThrow('unknown local DynamoDB "dynalite": expected dynoxide or dynamodb-local');
  });

  test('names both engines and DYNAMODB_ENDPOINT when neither can run', async () => {
    vi.stubEnv('STEAMER_DYNAMODB', '');
    vi.stubEnv('PATH', newFolder());
    vi.stubEnv('JAVA_HOME', newFolder());
    const arch = Object.getOwnPropertyDescriptor(process, 'arch')!; // every process has one
    Object.defineProperty(process, 'arch', { ...arch, value: 'pdp11' });
    try {
      const message = expect.stringMatching(
        /dynoxide: the npm package @dynoxide\/\w+-pdp11 is not installed[^]*dynamodb-local: Java 17 or newer[^]*DYNAMODB_ENDPOINT/,
      );
      await expect(startLocalDynamoDb()).rejects.toMatchObject({ message });
    } finally {
      Object.defineProperty(process, 'arch', arch);
    }
  });

  test.runIf(canRunDynamoDbLocal)('prefers dynoxide, and takes DynamoDB Local where there is none', { timeout: 60_000 }, async () => {
    vi.stubEnv('STEAMER_DYNAMODB', '');
    expect((await start({})).engine).toBe('dynoxide');
    const arch = Object.getOwnPropertyDescriptor(process, 'arch')!; // every process has one
    Object.defineProperty(process, 'arch', { ...arch, value: 'pdp11' });
    try {
      expect((await start({})).engine).toBe('dynamodb-local');
    } finally {
      Object.defineProperty(process, 'arch', arch);
    }
  });

  test.for(['SIGTERM', 'SIGINT', 'SIGHUP', 'exit'] as const)('ends with the process that started it, by %s', async (how) => {
    const modulePath = pathToFileURL(join(import.meta.dirname, '../../src/cli/local-dynamodb.ts')).href;
    const script = `
      import { startLocalDynamoDb } from ${JSON.stringify(modulePath)};
      const local = await startLocalDynamoDb({ engine: 'dynoxide' });
      process.stdout.write(String(local.pid) + '\\n');
      process.stdin.once('data', () => process.exit(3));
    `;
    const parent = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = new Promise<string | number | null>((resolve) => {
      parent.once('exit', (code, signal) => resolve(signal ?? code));
    });
    const pid = await new Promise<number>((resolve) => {
      parent.stdout.once('data', (line: Buffer) => resolve(Number(line.toString())));
    });
    expect(isRunning(pid)).toBe(true);
    if (how === 'exit') parent.stdin.write('end\n');
    else parent.kill(how);
    expect(await ended).toBe(how === 'exit' ? 3 : how);
    await vi.waitFor(() => expect(isRunning(pid) && !isZombie(pid)).toBe(false), { timeout: 5_000 });
  });
});

/** Ended, but not yet collected by the process that has inherited it. */
function isZombie(pid: number): boolean {
  try {
    return execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).startsWith('Z');
  } catch {
    return false;
  }
}
