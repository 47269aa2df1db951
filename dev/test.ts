/** `npm test`: the checks, every suite at small size, the suites that touch DynamoDB again on AWS's DynamoDB Local, and the build. */
import { spawnSync } from 'node:child_process';
import { LONG_GROUPS } from './long-groups.ts';
import { report, runSuites } from './suites.ts';
import type { Suite } from './suites.ts';

const SUITES: readonly Suite[] = [
  { name: 'all suites, in Node and in workerd', args: ['--project', 'node', '--project', 'workerd', '--project', 'workflows'] },
  {
    name: 'what runs by itself: the conformance suite of Durable Streams and a dump of every store',
    args: ['--project', 'alone', '--maxWorkers=1'],
  },
  { name: 'the object of a tenant on workerd under faults and kills, by itself', args: ['--project', 'faults', '--maxWorkers=1'] },
  {
    name: "the dynamo, bao and object suites that run in Node, on AWS's DynamoDB Local",
    args: ['--project', 'node', 'test/dynamo', 'test/bao', 'test/objects'],
    env: { STEAMER_DYNAMODB: 'dynamodb-local' },
    needs: 'java',
  },
];

const failures: string[] = [];
if (!runs('check')) failures.push('npm run check');
const counts = await runSuites(SUITES);
if (!runs('build')) failures.push('npm run build');

console.log(
  `\nNot run here: the long tests (${LONG_GROUPS.map(({ name }) => name).join('; ')}). npm run test:long runs them all, -- --group N one.`,
);
const failed = counts.failed + failures.length;
report({ ...counts, failed, failures: [...failures, ...counts.failures] });
process.exitCode = failed === 0 ? 0 : 1;

function runs(script: string): boolean {
  console.log(`── npm run ${script}`);
  return spawnSync('npm', ['run', '--silent', script], { stdio: 'inherit' }).status === 0;
}
