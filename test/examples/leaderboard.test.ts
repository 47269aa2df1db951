import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import leaderboard from '../../examples/leaderboard/worker-without-workflows.ts';
import { eventually } from '../setup/eventually.ts';
import { clientOf, createTenant, type RestClient } from '../setup/rest-client.ts';

let acme: RestClient;
/** The page, as somebody without credentials gets it. */
async function page(path: string) {
  const ctx = createExecutionContext();
  const request = new Request(`https://steamer.test/board/${acme.tenant}${path}`) as Parameters<typeof leaderboard.fetch>[0];
  const response = await leaderboard.fetch(request, env, ctx);
  const text = await response.text();
  await waitOnExecutionContext(ctx);
  return { status: response.status, text, cache: response.headers.get('cache-status') ?? '', headers: response.headers };
}

beforeAll(async () => {
  const tenant = await createTenant(['models:read', 'models:write']);
  acme = clientOf({ handler: leaderboard }, tenant);
  await acme.call('PUT', '/systems/fast', { name: 'Fast & <safe>', version: '2.0', kind: 'library' });
  await acme.call('PUT', '/systems/slow', { name: 'Slow' });
  await acme.call('PUT', '/benchmarks/gets', { title: 'Gets', unit: 'ops/s', better: 'higher', area: 'Reads' });
  for (const [system, value] of [
    ['slow', 1_200],
    ['fast', 45_000],
  ] as const)
    await acme.call('PUT', `/results/gets/${system}`, { value, machine: '2 cores', measuredAt: '2026-11-20T00:00:00.000Z' });
});

describe('the leaderboard', () => {
  it('shows benchmarks by area and systems to anybody, with nothing from elsewhere', async () => {
    const { status, text, headers } = await page('');
    expect(status).toBe(200);
    expect(text).toMatch(/<h2>Reads<\/h2>.*Gets/s);
    expect(text).toContain('Fast &amp; &lt;safe&gt;');
    expect(text).not.toMatch(/<safe>|(?:src|href)="https?:/);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('ranks the results of a benchmark, the best first, in a table and in a chart that says what it shows', async () => {
    const { text } = await page('/benchmarks/gets');
    expect(text).toMatch(/role="img" aria-label="Gets".*class="bar best".*45,000 ops\/s.*1,200 ops\/s/s);
    expect(text.match(/systems\/(?:fast|slow)/g)).toEqual(['systems/fast', 'systems/slow']);
    expect((await page('/systems/slow')).text).toMatch(/benchmarks\/gets">Gets<.*1,200 ops\/s.*2026-11-20/s);
  });

  it('is kept at the edge until somebody with a key publishes a result, and shows it then', async () => {
    await page('/systems/fast');
    expect((await page('/systems/fast')).cache).toContain('hit');
    expect((await acme.call('PATCH', '/results/gets/fast', { value: 51_000 })).status).toBe(200);
    await eventually(async () => expect((await page('/systems/fast')).text).toContain('51,000'));
    const anybody = clientOf({ handler: leaderboard }, { ...acme, token: null });
    expect((await anybody.call('PATCH', '/results/gets/fast', { value: 1 })).status).toBe(401);
    expect((await anybody.call('GET', '/results/gets/fast')).body).toMatchObject({ value: 51_000 });
  });

  it('shows a submission by where it stands and why, and the latest ones with their benchmark', async () => {
    const score = { value: 9e9, machine: '2 cores', measuredAt: '2026-11-20T00:00:00.000Z', reason: 'far too <fast>' };
    const submit = async (more: object) => {
      const { body } = await acme.call('POST', '/submissions', { benchmarkId: 'gets', systemId: 'fast', ...score, ...more });
      return String(body.submissionId);
    };
    const rejected = await submit({ state: 'rejected' });
    const published = await submit({ state: 'published', value: 46_000, reason: 'as before' });
    for (const id of [rejected, `wrun_${rejected}`])
      expect((await page(`/submissions/${id}`)).text).toMatch(/<strong>Rejected<\/strong>: far too &lt;fast&gt;/);
    expect((await page(`/submissions/${published}`)).text).toMatch(/46,000 ops\/s.*<strong>Published<\/strong>: as before/s);
    await eventually(async () =>
      expect((await page('/benchmarks/gets')).text).toMatch(new RegExp(`Latest.*${published}.*${rejected}`, 's')),
    );
  });

  it('goes on with the page of a submission until that has come to its end', async () => {
    const queued = { benchmarkId: 'gets', systemId: 'fast', state: 'queued' };
    const { submissionId } = (await acme.call('POST', '/submissions', queued)).body;
    const whole = page(`/submissions/${submissionId}`);
    await acme.call('PATCH', `/submissions/${submissionId}`, { state: 'claimed', claimedBy: 'r1', attempts: 1 });
    await acme.call('PATCH', `/submissions/${submissionId}`, { state: 'rejected', reason: 'no table' });
    const { text, headers } = await whole;
    expect(text).toMatch(/Submitted .*<strong>Rejected<\/strong>: no table.*<footer>/s);
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('says of what there is not that it is not there, and keeps that nowhere', async () => {
    for (const path of ['/benchmarks/none', '/submissions/none', '/systems/%2e%2e%2foperator']) {
      const { status, text, headers } = await page(path);
      expect([status, headers.get('cache-control')]).toEqual([404, 'no-store']);
      expect(text).toContain('There is no such');
    }
  });
});
