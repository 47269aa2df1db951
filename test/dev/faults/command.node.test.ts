import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, inject, test } from 'vitest';
import { readFaultOptions, USAGE } from '../../../dev/faults/options.ts';
import { DynamoClient } from '../../../src/dynamo/dynamo-client.ts';
import { localClientOptions } from '../../setup/tables.ts';

test('every option has a default but the endpoint, and is read as what it is', () => {
  expect(readFaultOptions(['--help'])).toBeNull();
  expect(readFaultOptions(['--endpoint', 'http://127.0.0.1:8000', '--throttled', '0.5', '--seed', '9'])).toMatchObject({
    port: 8001,
    connections: 6,
    profile: { seed: 9, throttled: 0.5, lateMs: 29_000 },
  });
  expect(readFaultOptions(['--run', '1000000'])).toMatchObject({ run: 1_000_000, endpoint: undefined });
});

test.each([
  [[], '--endpoint: expected a URL'],
  [['--endpoint', 'nowhere'], '--endpoint: expected a URL, got "nowhere"'],
  [['--endpoint', 'http://a', '--throttled', '2'], '--throttled: expected a share from 0 to 1, got "2"'],
  [['--endpoint', 'http://a', '--seed', 'x'], '--seed: expected a whole number from 0, got "x"'],
  [['--endpoint', 'http://a', '--odd'], "Unknown option '--odd'"],
])('%s is refused', (argv, message) => {
  expect(() => readFaultOptions(argv)).toThrow(message);
});

test('the command serves until it is ended, and tells what it did', async () => {
  expect(USAGE).toContain('--unknown-writes');
  const args = ['dev/faults/main.ts', '--endpoint', inject('dynamodbEndpoint'), '--port', '0', '--throttled', '1'];
  const command = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  command.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  while (!output.includes('passes on to')) await once(command.stdout, 'data');
  const url = /^http:\S+/.exec(output)?.[0] ?? '';
  const client = new DynamoClient({ ...localClientOptions(url), maxAttempts: 1 });
  expect(await client.execute('GetItem', { TableName: 'any', Key: {} })).toMatchObject({ error: { code: 'throttled' } });
  command.kill('SIGTERM');
  await once(command, 'close');
  expect(output).toContain('faults: {"error":1}');
});

test('the command runs operations on the object of a tenant, tells of each round, and ends well when all can be explained', async () => {
  const args = ['dev/faults/main.ts', '--run', '400', '--endpoint', inject('dynamodbEndpoint'), '--slow', '0'];
  const command = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  command.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  expect(await once(command, 'close')).toEqual([0, null]);
  expect(output).toMatch(/^round 1 of 1, seed 1: 4\d\d operations, 1 kills, 0 violations in /);
  expect(output).toMatch(/^4\d\d operations, 1 kills: 0 violations$/m);
});
