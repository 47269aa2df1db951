import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, inject, it } from 'vitest';
import { weaknessRows } from '../bao/weaknesses/compatibility-page.ts';

/** Jest's shape of a report, which vitest writes. */
interface Report {
  testResults: { assertionResults: { title: string; status: 'passed' | 'failed' }[] }[];
}

const outcomes = new Map<string, string>();

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dynamo-bao-'));
  const report = join(folder, 'report.json');
  await runVitest(report);
  const { testResults } = JSON.parse(await readFile(report, 'utf8')) as Report; // which the line above has written
  for (const { assertionResults } of testResults) for (const { title, status } of assertionResults) outcomes.set(title, status);
  await rm(folder, { recursive: true });
}, 120_000);

it.each(weaknessRows())('dynamo-bao 0.4.2 does not pass: $title', ({ title }) => {
  const ofTitle = [...outcomes].filter(([name]) => name === title || name.startsWith(`${title} (`));
  expect(ofTitle.length).toBeGreaterThan(0);
  for (const outcome of ofTitle) expect(outcome).toEqual([outcome[0], 'failed']);
});

/** Ends whatever the tests say: most of them fail, as they should. */
async function runVitest(report: string): Promise<void> {
  const config = fileURLToPath(new URL('dynamo-bao.config.ts', import.meta.url));
  const child = spawn('vitest', ['run', '--silent', '--reporter=json', `--outputFile=${report}`, '--config', config], {
    env: { ...process.env, DYNAMODB_ENDPOINT: inject('dynamodbEndpoint') },
    stdio: 'ignore',
  });
  await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
}
