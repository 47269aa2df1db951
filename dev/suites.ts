/** Runs vitest suites and counts what they ran, so that one closing line can speak for several of them. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withoutDroppedConnections } from './quiet-workerd.ts';

export interface Suite {
  name: string;
  /** vitest's arguments: projects and paths */
  args: string[];
  env?: Record<string, string>;
  /** a program this suite cannot run without: skipped where it is missing, failed when CI=true */
  needs?: 'java';
}

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Runs suites one after the other; one that does not even start counts as one failure. */
export async function runSuites(suites: readonly Suite[]): Promise<Counts> {
  const total: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const suite of suites) {
    console.log(`\n── ${suite.name}`);
    const counts = isMissing(suite.needs) ? missing(suite) : await runVitest(suite);
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped += counts.skipped;
  }
  return total;
}

/** The closing line that CI reads. */
export function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`;
}

async function runVitest({ args, env }: Suite): Promise<Counts> {
  const folder = await mkdtemp(join(tmpdir(), 'steamer-tests-'));
  const report = join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const child = spawn('vitest', ['run', ...reporters, ...args], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.pipe(withoutDroppedConnections()).pipe(process.stdout, { end: false });
  child.stderr.pipe(withoutDroppedConnections()).pipe(process.stderr, { end: false });
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  const counts = await readCounts(report);
  await rm(folder, { recursive: true });
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

async function readCounts(report: string): Promise<Counts> {
  const text = await readFile(report, 'utf8').catch(() => '{}');
  // the shape is Jest's, which vitest's json reporter writes
  const {
    numPassedTests = 0,
    numFailedTests = 0,
    numPendingTests = 0,
    numFailedTestSuites = 0,
    testResults = [],
  } = JSON.parse(text) as {
    numPassedTests?: number;
    numFailedTests?: number;
    numPendingTests?: number;
    numFailedTestSuites?: number;
    testResults?: { status: string; assertionResults: unknown[] }[];
  };
  const filesThatDidNotLoad = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  ).length;
  const failed = Math.max(numFailedTests + filesThatDidNotLoad, numFailedTestSuites > 0 ? 1 : 0);
  return { passed: numPassedTests, failed, skipped: numPendingTests };
}

function isMissing(program: Suite['needs']): boolean {
  return program !== undefined && spawnSync(program, ['-version'], { stdio: 'ignore' }).status !== 0;
}

function missing({ name, needs }: Suite): Counts {
  const isCi = process.env['CI'] === 'true';
  console.log(`${isCi ? 'FAIL' : 'skip'} ${name}: ${needs} is not installed`);
  return { passed: 0, failed: isCi ? 1 : 0, skipped: isCi ? 0 : 1 };
}
