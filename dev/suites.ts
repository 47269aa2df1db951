/** Runs vitest suites and counts what they ran, so that one closing line can speak for several of them. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
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
  /** one line for each failure: the file, the test and what it said first */
  failures: string[];
}

/** Runs suites one after the other; one that does not even start counts as one failure. */
export async function runSuites(suites: readonly Suite[]): Promise<Counts> {
  const total: Counts = { passed: 0, failed: 0, skipped: 0, failures: [] };
  for (const suite of suites) {
    console.log(`\n── ${suite.name}`);
    const counts = isMissing(suite.needs) ? missing(suite) : await runVitest(suite);
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped += counts.skipped;
    total.failures.push(...counts.failures);
  }
  return total;
}

/** What failed, once more and together, then the line that CI reads; a long log is read from its end. */
export function report({ passed, failed, skipped, failures }: Counts): void {
  for (const failure of failures) console.log(`FAIL ${failure}`);
  console.log(`${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`);
}

async function runVitest({ name, args, env }: Suite): Promise<Counts> {
  const folder = await mkdtemp(join(tmpdir(), 'steamer-tests-'));
  const reportPath = join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportPath}`];
  const child = spawn('vitest', ['run', ...reporters, ...args], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.pipe(withoutDroppedConnections()).pipe(process.stdout, { end: false });
  child.stderr.pipe(withoutDroppedConnections()).pipe(process.stderr, { end: false });
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  const counts = await readCounts(reportPath);
  await rm(folder, { recursive: true });
  if (code === 0 && counts.passed === 0) return { ...counts, failed: 1, failures: [`${name}: its arguments match no test`] };
  if (code === 0 || counts.failed > 0) return counts;
  return { ...counts, failed: 1, failures: [`${name}: vitest ended with ${code ?? 'a signal'} and no failed test`] };
}

/** vitest's json reporter writes the shape of Jest's. */
interface Report {
  numPassedTests?: number;
  numFailedTests?: number;
  numPendingTests?: number;
  numFailedTestSuites?: number;
  testResults?: TestFile[];
}
interface TestFile {
  name: string;
  status: string;
  message?: string;
  assertionResults: { status: string; fullName: string; failureMessages?: string[] }[];
}

async function readCounts(path: string): Promise<Counts> {
  const written = JSON.parse(await readFile(path, 'utf8').catch(() => '{}')) as Report;
  const { numPassedTests = 0, numFailedTests = 0, numPendingTests = 0, numFailedTestSuites = 0, testResults = [] } = written;
  const filesThatFailed = testResults.filter(failedAsAWhole).length;
  const failed = Math.max(numFailedTests + filesThatFailed, numFailedTestSuites > 0 ? 1 : 0);
  return { passed: numPassedTests, failed, skipped: numPendingTests, failures: testResults.flatMap(failuresOf) };
}

/** Whether it did not load, or what it does before or after its tests has failed. */
function failedAsAWhole({ status, assertionResults }: TestFile): boolean {
  return status === 'failed' && assertionResults.every((result) => result.status !== 'failed');
}

function failuresOf(file: TestFile): string[] {
  const path = relative(process.cwd(), file.name);
  if (failedAsAWhole(file)) return [`${path}: ${firstLine(file.message)}`];
  return file.assertionResults
    .filter(({ status }) => status === 'failed')
    .map(({ fullName, failureMessages = [] }) => `${path} > ${fullName}: ${firstLine(failureMessages[0])}`);
}

function firstLine(text = ''): string {
  return text.split('\n', 1)[0] ?? '';
}

function isMissing(program: Suite['needs']): boolean {
  return program !== undefined && spawnSync(program, ['-version'], { stdio: 'ignore' }).status !== 0;
}

function missing({ name, needs }: Suite): Counts {
  const isCi = process.env['CI'] === 'true';
  console.log(`${isCi ? 'FAIL' : 'skip'} ${name}: ${needs} is not installed`);
  return { passed: 0, failed: isCi ? 1 : 0, skipped: isCi ? 0 : 1, failures: isCi ? [`${name}: ${needs} is not installed`] : [] };
}
