/** `npm run test:long [-- --group N]`: the long tests, all or one group. */
import { parseArgs } from 'node:util';
import { LONG_GROUPS } from './long-groups.ts';
import { runStep } from './run-step.ts';
import { report, runSuites } from './suites.ts';

const { values } = parseArgs({ options: { group: { type: 'string' } } });
const groups = values.group === undefined ? LONG_GROUPS : [groupOf(values.group)];
const counts = await runSuites(groups.flatMap(({ suites }) => suites));
for (const step of groups.flatMap(({ steps }) => steps ?? [])) {
  const { ok } = await runStep(step);
  counts[ok ? 'passed' : 'failed'] += 1;
  if (!ok) counts.failures.push(step.name);
}
report(counts);
process.exitCode = counts.failed === 0 ? 0 : 1;

/** Groups are counted from 0 and around, so that a commit count names one. */
function groupOf(text: string) {
  const group = /^\d{1,9}$/.test(text) ? LONG_GROUPS[Number(text) % LONG_GROUPS.length] : undefined;
  if (group) return group;
  console.error(`--group: expected a whole number from 0, got "${text}"`);
  process.exit(2);
}
