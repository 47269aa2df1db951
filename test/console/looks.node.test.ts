import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConsoleUnderTest, overflowOf, seriousFindings } from './console-page.ts';

const STARTED_WITHIN_MS = 180_000;
/** Every page, by the heading it has. */
const PAGES: readonly [link: string, heading: string][] = [
  ['#/demo/overview', 'Overview'],
  ['#/demo/models', 'Models'],
  ['#/demo/models/systems', 'System'],
  ['#/demo/models/results/schema', 'Result'],
  ['#/demo/store', 'Store'],
  ['#/demo/streams', 'Streams'],
  ['#/demo/streams/changes%2Fresults', 'changes/results'],
  ['#/demo/files', 'Files'],
  ['#/demo/reference?q=systems', 'API reference'],
  ['#/demo/reference/getSystems', 'Lists systems by index, a page at a time'],
  ['#/demo/members', 'Members'],
  ['#/demo/keys', 'API keys'],
  ['#/demo/limits', 'Limits'],
  ['#/demo/audit', 'Audit log'],
  ['#/~/account', 'Account'],
  ['#/~/tenants', 'Tenants'],
  ['#/~/outbox', 'Outbox'],
];

/** Of those that read something of a tenant: another route than that of the session. */
const OF_TENANT = PAGES.filter(([link, heading]) => link.startsWith('#/demo/') && !link.includes('?') && heading !== 'changes/results');

const subject = new ConsoleUnderTest();
beforeAll(() => subject.begin(), STARTED_WITHIN_MS);
afterAll(() => subject.end());

describe('every page of the console', { timeout: STARTED_WITHIN_MS }, () => {
  test.each(['light', 'dark'] as const)(
    'has no serious accessibility findings in %s, and is as wide as its window',
    async (colorScheme) => {
      const page = await subject.openAsDemo({ colorScheme, reducedMotion: 'reduce' });
      for (const [link, heading] of PAGES) {
        await subject.visit(page, link, heading);
        await expect.poll(() => page.getByText('Loading').count(), { timeout: 60_000 }).toBe(0);
        expect(await seriousFindings(page), link).toEqual([]);
        for (const width of [390, 1280]) {
          await page.setViewportSize({ width, height: 860 });
          expect(await overflowOf(page), `${link} at ${width}`).toBeLessThanOrEqual(0);
        }
      }
      await page.context().close();
    },
  );

  test('says what has happened where the service refuses, and fits into a phone', async () => {
    const page = await subject.openAsDemo({ reducedMotion: 'reduce' });
    await page.setViewportSize({ width: 375, height: 812 });
    const detail = 'DynamoDB does not answer.';
    const body = JSON.stringify({ code: 'unavailable', title: 'Not available', status: 503, detail, requestId: 'r1' });
    await page.route('**/v1/demo/**', (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', body }));
    for (const [link] of OF_TENANT) {
      await page.goto(`${subject.url}/console/${link}`);
      await page.reload();
      await page.getByRole('alert').getByText(detail).first().waitFor();
      expect(await page.getByRole('heading', { level: 1 }).count(), link).toBe(1);
      expect(await overflowOf(page), link).toBeLessThanOrEqual(0);
      expect(await seriousFindings(page), link).toEqual([]);
    }
    await page.context().close();
  });

  test('says once that there is no such run, and breaks no address that has room', async () => {
    const page = await subject.openAsDemo();
    await subject.visit(page, '#/demo/workflows/wrun_nowhere', 'Run');
    await page.getByRole('alert').first().waitFor();
    expect(await page.getByRole('heading', { name: 'Steps' }).count()).toBe(0);
    await subject.visit(page, '#/~/account', 'Account');
    const address = await page.locator('dd', { hasText: 'demo@example.com' }).boundingBox();
    expect(address?.height).toBeLessThan(30); // of two lines: 40
    await page.context().close();
  });

  test('of graphs says of all of them what they show where somebody points', async () => {
    const page = await subject.openAsDemo();
    await subject.visit(page, '#/demo/overview', 'Overview');
    await page.locator('.graph .u-over').first().hover();
    await expect.poll(() => page.getByRole('heading', { name: /^(Latency|Open) \d\d:\d\d:\d\d$/ }).count()).toBe(2);
    await page.context().close();
  });

  test('is dark where the system is, and as somebody chooses', async () => {
    const page = await subject.openAsDemo({ colorScheme: 'dark' });
    const ground = () => page.evaluate<string>('getComputedStyle(document.documentElement).backgroundColor');
    const dark = await ground();
    await page.getByRole('button', { name: 'Light' }).click();
    await expect.poll(ground).not.toBe(dark);
    await page.reload();
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    expect(await ground()).not.toBe(dark);
    await page.context().close();
  });
});
