/** The console as its users have it: a service of its own, and a browser that opens it. */
import axe from 'axe-core';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';
import { freePort, startedUp, stopped, type Start, type StartPlace } from '../dev/start/started.ts';
import { launchChromium } from '../setup/chromium.ts';

/** The machine may be busy: what comes too late is a hang. */
const WITHIN_MS = 60_000;

export class ConsoleUnderTest {
  readonly #folder = mkdtempSync(join(tmpdir(), 'steamer-console-'));
  readonly #place: StartPlace = { port: 0, dataDir: join(this.#folder, 'data') };
  #service: Start | null = null;
  #browser: Browser | null = null;

  /** @param options whether the service has the leaderboard's workflows; default: no */
  async begin({ hasWorkflows = false } = {}): Promise<void> {
    this.#place.hasWorkflows = hasWorkflows;
    this.#place.port = await freePort();
    this.#service = await startedUp(this.#place);
    this.#browser = await launchChromium();
  }

  async end(): Promise<void> {
    await this.#browser?.close();
    if (this.#service) await stopped(this.#service, 'SIGTERM');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get start(): Start {
    if (this.#service === null) throw new TypeError('begin first');
    return this.#service;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#place.port}`;
  }

  /** "demo-key", "operator-key", "demo-password": what the start has made. */
  secret(name: string): string {
    return readFileSync(join(this.#place.dataDir, name), 'utf8').trim();
  }

  /** The service stops, and another one starts in its place, on the same data. */
  async restart(): Promise<void> {
    if (this.#service) await stopped(this.#service, 'SIGTERM');
    this.#service = await startedUp(this.#place);
  }

  /** A browser's page that nobody has signed in to, at the console. Whatever it complains of on its own account fails the test. */
  async open(options: BrowserContextOptions = {}): Promise<Page> {
    if (this.#browser === null) throw new TypeError('begin first');
    const context = await this.#browser.newContext({ viewport: { width: 1280, height: 860 }, ...options });
    context.setDefaultTimeout(WITHIN_MS);
    const page = await context.newPage();
    page.on('pageerror', (error) => expect.unreachable(error.message));
    await page.goto(`${this.url}/console/`);
    return page;
  }

  /** Goes where a link leads, and waits until it is there. */
  async visit(page: Page, link: string, heading: string): Promise<void> {
    await page.goto(`${this.url}/console/${link}`);
    await page.getByRole('heading', { level: 1, name: heading, exact: true }).waitFor();
  }

  /** Makes an account at the page, with the code of its mail, and signs in. @param earlierCode of a mail that the address had before; default: it had none */
  async signUp(page: Page, { name, email, password }: { name: string; email: string; password: string }, earlierCode = ''): Promise<void> {
    await page.getByRole('button', { name: 'Make an account' }).click();
    await page.getByLabel('Name').fill(name);
    await page.getByLabel('Email').fill(email);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Make the account' }).click();
    await page.getByLabel('Code').fill(await this.codeOfMail(email, 'Or enter this code: ', earlierCode));
    await page.getByRole('button', { name: 'Verify' }).click();
    await signIn(page, email, password);
  }

  /** What stands behind a text in the newest mail to somebody, once it is there. @param earlierCode of a mail before; default: there was none */
  async codeOfMail(to: string, before: string, earlierCode = ''): Promise<string> {
    let code = '';
    await expect
      .poll(async () => (code = await this.#readOutbox(to, before)), { timeout: WITHIN_MS })
      .toSatisfy((found) => found !== '' && found !== earlierCode);
    return code;
  }

  async #readOutbox(to: string, before: string): Promise<string> {
    const page = await (await fetch(`${this.url}/outbox`)).text();
    return page.split(`to ${to}`)[1]?.split(before)[1]?.split('\n')[0]?.trim() ?? '';
  }

  async openAsDemo(options: BrowserContextOptions = {}): Promise<Page> {
    const page = await this.open(options);
    await signIn(page, 'demo@example.com', this.secret('demo-password'));
    return page;
  }
}

export async function signIn(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
}

/** What axe finds at the moment that is serious or critical. The page's policy lets no test's script in, but through the debugger. */
export async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<axe.AxeResults>('axe.run(document)');
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${id}: ${help} (${nodes.map(({ target }) => target.join(' ')).join('; ')})`);
}

/** By how many pixels the page is wider than its window. */
export async function overflowOf(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - innerWidth');
}
