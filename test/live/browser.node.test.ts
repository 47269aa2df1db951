import { build } from 'esbuild';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { ClientModels } from '../../.bao/models.ts';
import { createClient, StreamClient } from '../../src/client/index.ts';
import { freePort, startedUp, stopped, type Start } from '../dev/start/started.ts';
import { launchChromium } from '../setup/chromium.ts';

/** One of the origins that `npm start` allows. */
const ORIGIN = 'http://localhost:5173';

const folder = mkdtempSync(join(tmpdir(), 'steamer-browser-'));
const place = { port: 0, dataDir: join(folder, 'data') };
let service: Start;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let streams: StreamClient;
const sockets: string[] = [];

beforeAll(async () => {
  place.port = await freePort();
  service = await startedUp(place);
  browser = await launchChromium();
  // The page's origin is answered by this test, and so counts as one of the internet, which has to ask before it reaches this machine.
  context = await browser.newContext({ permissions: ['local-network-access'] });
  page = await context.newPage();
  page.on('websocket', (socket) => sockets.push(socket.url()));
  await page.route(`${ORIGIN}/**`, (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>a page</title>' }));
  const key = readFileSync(join(place.dataDir, 'demo-key'), 'utf8').trim();
  const options = { url: `http://127.0.0.1:${place.port}/v1/demo`, headers: { authorization: `Bearer ${key}` } };
  streams = new StreamClient(options);
  await streams.create('news');
  await page.goto(`${ORIGIN}/`);
  await page.addScriptTag({ content: await following(options) });
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await stopped(service, 'SIGTERM');
  rmSync(folder, { recursive: true, force: true });
});

/** A script for a page that follows the stream and keeps what it hears. */
async function following(options: object): Promise<string> {
  const contents = `
    import { StreamClient } from './src/client/index.ts';
    globalThis.seen = { values: [], statuses: [], error: null };
    async function follow() {
      const streams = new StreamClient(${JSON.stringify(options)});
      for await (const { value } of streams.follow('news', { onStatus: (status) => seen.statuses.push(status) })) seen.values.push(value);
    }
    follow().catch((error) => (seen.error = String(error)));`;
  const { outputFiles } = await build({ stdin: { contents, resolveDir: '.' }, bundle: true, format: 'iife', write: false });
  return outputFiles[0]?.text ?? '';
}

/** The page of the example, with what Preact has of React. */
async function examplePage(url: string): Promise<string> {
  const contents = `
    import { show } from './examples/client/page.tsx';
    show(document.body, ${JSON.stringify(url)});`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: '.' },
    alias: {
      'steamer/client': resolve('src/client/index.ts'),
      'react-dom/client': 'preact/compat/client',
      'react/jsx-runtime': 'preact/jsx-runtime',
      react: 'preact/compat',
    },
    jsx: 'automatic',
    bundle: true,
    format: 'iife',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

interface Seen {
  values: unknown[];
  statuses: string[];
  error: string | null;
}

const seen = async (): Promise<Seen> => page.evaluate('seen');
const eventually = (check: () => Promise<unknown>) => vi.waitFor(check, { timeout: 60_000, interval: 100 });

describe('a page that follows a stream over a WebSocket', { timeout: 180_000 }, () => {
  test('hears what there is and what comes', async () => {
    const producer = streams.producer('news');
    await Promise.all(['one', 'two'].map(async (value) => producer.append(value)));
    await eventually(async () => expect(await seen()).toMatchObject({ values: ['one', 'two'], error: null }));
    expect(sockets).toEqual([expect.stringMatching(/^ws:.*\/streams\/news\?offset=-1&ticket=/)]);
  });

  test('goes on where it was when the service is started anew', async () => {
    await stopped(service, 'SIGTERM');
    await eventually(async () => expect((await seen()).statuses.at(-1)).not.toBe('live'));
    service = await startedUp(place);
    await streams.producer('news').append('three');
    await eventually(async () => expect(await seen()).toMatchObject({ values: ['one', 'two', 'three'], error: null }));
    expect(sockets.length).toBeGreaterThan(1);
  });

  test('notices that the network is gone, and comes back with it', async () => {
    await eventually(async () => expect((await seen()).statuses.at(-1)).toBe('live'));
    await context.setOffline(true);
    await eventually(async () => expect((await seen()).statuses.at(-1)).toBe('offline'));
    await streams.producer('news').append('four');
    await context.setOffline(false);
    await eventually(async () => expect(await seen()).toMatchObject({ values: ['one', 'two', 'three', 'four'], error: null }));
  });
});

test('the page of the example signs in, stays signed in, changes an item and hears of results', { timeout: 180_000 }, async () => {
  const url = `http://127.0.0.1:${place.port}/v1/demo`;
  const secret = (name: string) => readFileSync(join(place.dataDir, name), 'utf8').trim();
  const script = await examplePage(url);
  await page.goto(`${ORIGIN}/`);
  await page.addScriptTag({ content: script });
  await page.getByLabel('Email').fill('demo@example.com');
  await page.getByLabel('Password').fill(secret('demo-password'));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
  await page.goto(`${ORIGIN}/again`);
  await page.addScriptTag({ content: script });
  const field = page.getByLabel('Name of dynalite');
  await field.fill('dynalite, renamed');
  await field.blur();
  const { models } = createClient<ClientModels>({ url, headers: { authorization: `Bearer ${secret('demo-key')}` } });
  await eventually(async () => expect((await models.systems.get('dynalite'))?.name).toBe('dynalite, renamed'));
  await eventually(async () => {
    await models.results.update(['get-ops', 'dynamo-bao'], { machine: 'a new one' });
    expect(await page.getByRole('status').innerText()).toContain('a new one');
  });
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Email').waitFor();
  expect(await page.evaluate('localStorage.length')).toBe(0);
});
