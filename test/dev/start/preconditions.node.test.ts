import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimDataFolder } from '../../../dev/start/data-folder.ts';
import { completeDevVars } from '../../../src/cli/dev-vars.ts';
import { readOptions } from '../../../dev/start/options.ts';
import { requireFreePort } from '../../../dev/start/port.ts';
import { StartError } from '../../../dev/start/start-error.ts';
import { readEnvironment } from '../../../src/edge/env.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'steamer-start-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the options of a start', () => {
  it('have defaults', () => {
    expect(readOptions([])).toEqual({ port: 8787, isFresh: false, dataDir: '.steamer', hasWorkflows: true, isHelp: false });
    const given = { port: 80, isFresh: true, dataDir: 'x', hasWorkflows: false, isHelp: false };
    expect(readOptions(['--port', '80', '--fresh', '--data-dir', 'x', '--without-workflows'])).toEqual(given);
  });

  it.each([['--port', 'x'], ['--port', '0'], ['--port', '65536'], ['--port', '1.5'], ['--prot', '1'], ['extra']])(
    'refuse %s %s',
    (...argv) => {
      expect(() => readOptions(argv)).toThrow(StartError);
    },
  );
});

describe('a port', () => {
  const listening = async (body: string): Promise<{ server: Server; port: number }> => {
    const server = createServer((_, response) => response.end(body));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { server, port: (server.address() as AddressInfo).port }; // a TCP server's address
  };

  it.each([
    ['{"name":"steamer"}', 'by Steamer itself, which already runs at'],
    ['hello', 'by another program'],
  ])('that serves %s is said to be taken %s', async (body, holder) => {
    const { server, port } = await listening(body);
    await expect(requireFreePort(port)).rejects.toThrow(`port ${port} is taken ${holder}`);
    await expect(requireFreePort(port)).rejects.toThrow(`npm start -- --port ${port + 1}`);
    await new Promise((resolve) => server.close(resolve));
    await requireFreePort(port);
  });
});

describe('the data folder', () => {
  it('is made, claimed once at a time, and emptied', () => {
    const path = join(folder, 'data');
    const claim = claimDataFolder(path);
    mkdirSync(join(path, 'dynamodb'));
    writeFileSync(join(path, 'dynamodb', 'file'), '');
    claim.empty();
    expect(existsSync(join(path, 'dynamodb'))).toBe(false);
    claim.release();
    expect(readdirSync(path)).toEqual(['made-by-npm-start.txt']);
    claimDataFolder(path).release();
  });

  it('may be claimed when the process that had it is gone, or its id is now that of another program', () => {
    for (const pid of [4_194_304, process.ppid]) {
      writeFileSync(join(folder, 'running.json'), JSON.stringify({ pid }));
      claimDataFolder(folder).release();
    }
    writeFileSync(join(folder, 'running.json'), 'torn');
    claimDataFolder(folder).release();
  });

  it('has what a killed start left behind ended by the next, and nothing else', async () => {
    const wait = (word: string) => spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)', word], { stdio: 'ignore' });
    const [left, stranger] = [wait(join(folder, 'dynamodb')), wait('elsewhere')];
    writeFileSync(join(folder, 'running.json'), JSON.stringify({ pid: 4_194_304, children: [left.pid, stranger.pid] }));
    const ended = once(left, 'exit');
    claimDataFolder(folder).release();
    await ended;
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
    stranger.kill();
  });

  it('is not emptied when it held other things before', () => {
    writeFileSync(join(folder, 'thesis.txt'), '');
    const claim = claimDataFolder(folder);
    expect(() => claim.empty()).toThrow(StartError);
    expect(readdirSync(folder)).toContain('thesis.txt');
  });
});

describe('.dev.vars', () => {
  it('is made with secrets that the Worker accepts, readable by its owner only', () => {
    const path = join(folder, '.dev.vars');
    const { variables, added } = completeDevVars(path);
    expect(added).toEqual([
      'AWS_ACCESS_KEY_ID',
      'AWS_SECRET_ACCESS_KEY',
      'ALLOWED_ORIGINS',
      'SIGNING_KEYS',
      'MAIL_API_KEY',
      'ACCESS_TOKEN_KEYS',
    ]);
    expect(parseEnv(readFileSync(path, 'utf8'))).toEqual(variables);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const environment = readEnvironment({ ENVIRONMENT: 'development', TABLE_NAME: 'steamer', AWS_REGION: 'us-east-1', ...variables });
    expect(environment.signingKeys[0]?.secret).toHaveLength(32);
    expect(environment.accessTokenKeys).toHaveLength(1);
  });

  it('keeps what it holds, comments and mode included, and gets what is missing', () => {
    const path = join(folder, '.dev.vars');
    const mine = '# mine\nAWS_ACCESS_KEY_ID=me\nSIGNING_KEYS=""';
    writeFileSync(path, mine);
    chmodSync(path, 0o640);
    expect(completeDevVars(path).added).toEqual(['AWS_SECRET_ACCESS_KEY', 'ALLOWED_ORIGINS', 'MAIL_API_KEY', 'ACCESS_TOKEN_KEYS']);
    const text = readFileSync(path, 'utf8');
    expect(text.startsWith(`${mine}\n`)).toBe(true);
    expect(parseEnv(text)).toMatchObject({ AWS_ACCESS_KEY_ID: 'me', SIGNING_KEYS: '', AWS_SECRET_ACCESS_KEY: 'local' });
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(completeDevVars(path).added).toEqual([]);
    expect(readFileSync(path, 'utf8')).toBe(text);
  });
});
