/** The console's pages of workflows, on runs of the SDK. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seriousFindings, signIn } from '../console/console-page.ts';
import { launchChromium } from '../setup/chromium.ts';
import { beginRun } from './app-runs.ts';
import { startApp, type RunningApp } from './run-app.ts';

let app: RunningApp;
let browser: Browser;
let page: Page;
/** What the page has asked for. */
let asked: string[] = [];
beforeAll(async () => {
  app = await startApp();
  browser = await launchChromium();
  page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
  page.setDefaultTimeout(60_000);
  page.on('request', (request) => void asked.push(request.url()));
  await signInTo(app);
});
afterAll(async () => {
  await browser?.close();
  await app?.stop();
});

async function signInTo({ url, owner }: RunningApp): Promise<void> {
  await page.goto(new URL('/console/', url).href);
  const { email, password } = await owner();
  await signIn(page, email, password);
}

const begin = (workflow: string, ...values: unknown[]) => beginRun(app, workflow, values);

async function open(runId: string): Promise<void> {
  asked = [];
  await page.goto(new URL(`/console/#/acme/workflows/${runId}`, app.url).href);
  await page.getByText(runId, { exact: true }).waitFor();
}

describe('a run in the console', () => {
  it('is followed to its end, with its steps, its input and what came of it', async () => {
    await open(await begin('sequential', 3));
    await page.getByText('completed').first().waitFor();
    await expect.poll(() => page.getByRole('table').filter({ hasText: 'Attempts' }).getByRole('row', { name: 'add' }).count()).toBe(3);
    expect(await page.getByLabel('output', { exact: true }).innerText()).toBe('3');
    expect(JSON.parse(await page.getByLabel('input', { exact: true }).innerText())).toEqual([3]);
    await page.getByRole('row', { name: 'run completed' }).waitFor();
    expect(await page.locator('.timeline rect').count()).toBe(3);
    await page.getByRole('row', { name: 'run created' }).getByRole('button').click();
    expect(await page.getByLabel('what it carries', { exact: true }).innerText()).toContain('"input"');
    await page.getByRole('button', { name: 'Close' }).click();
    // It follows them, and lists none.
    expect(asked.filter((url) => url.includes('/events?limit'))).toEqual([]);
    expect(await seriousFindings(page)).toEqual([]);
  });

  it('is started with arguments', async () => {
    await page.goto(new URL('/console/#/acme/workflows', app.url).href);
    await page.getByRole('button', { name: 'Start a workflow' }).click();
    await page.getByRole('dialog').getByLabel('Workflow').selectOption('addition');
    await page.getByLabel('Arguments').fill('{}');
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByText('expected a list of the arguments').first().waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByLabel('Arguments').fill('[2, 3]');
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByText('completed').first().waitFor();
    expect(await page.getByLabel('output', { exact: true }).innerText()).toMatch('5');
  });

  it('is woken from its sleep', async () => {
    await open(await begin('sleepingLong'));
    await page.getByText('sleep', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Wake' }).click();
    await page.getByText('One sleep has ended.').waitFor();
    await page.getByText('completed').first().waitFor();
    expect(await page.getByLabel('output', { exact: true }).innerText()).toBe('"awake"');
  });

  it('is cancelled, and run again', async () => {
    const runId = await begin('sleepingLong');
    await open(runId);
    await page.getByText('sleep', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Cancel the run' }).click();
    await page.getByText('cancelled').first().waitFor();
    await page.getByRole('button', { name: 'Run again' }).click();
    await page.getByRole('button', { name: 'Wake' }).waitFor();
    expect(page.url()).not.toContain(runId);
    await page.goto(new URL('/console/#/acme/workflows', app.url).href);
    await page.getByRole('link', { name: runId }).waitFor();
  });

  it('that is kept in D1 is looked at again and again', async () => {
    await app.stop();
    app = await startApp({ MODE: 'd1' });
    await signInTo(app);
    await open(await begin('sequential', 2));
    await page.getByRole('row', { name: 'run completed' }).waitFor();
    await page.getByRole('row', { name: 'run created' }).getByRole('button').click();
    expect(await page.getByLabel('what it carries', { exact: true }).innerText()).toContain('"input"');
  });
});
