/**
 * The steps of a validation. Each may run twice, so what it writes it writes on the condition that the submission is still being validated; and each
 * tells the run's stream what it has found. Models are those of the run's tenant, and writes purge its pages at the edge.
 */
import { actions, transactWrite } from 'steamer/bao/operations';
import { FatalError, getWorkflowMetadata, getWritable } from 'workflow';
import { Benchmark, Result, Submission, System } from '../../../.bao/models.ts';
import { compareWithHistory, type Comparison } from '../validation/outliers.ts';
import type { Progress } from '../validation/progress.ts';
import { whyNotAScore, type SubmittedScore } from '../validation/score.ts';

/** What a submission has come to. */
export interface Outcome {
  submissionId: string;
  state: 'published' | 'rejected';
  reason: string;
}

/** So many earlier results of a system, and of other systems, say what is plausible. */
const OWN_RESULTS = 20;
const OTHER_RESULTS = 100;
const VALIDATING = { condition: { state: 'validating' } } as const;

/** Makes a submission of a score. @returns why it is none, null for nothing */
export async function receive(given: unknown, submissionId: string): Promise<string | null> {
  'use step';
  const flaw = whyNotAScore(given, Date.now());
  if (flaw === null) {
    const submission = { ...(given as SubmittedScore), submissionId, state: 'validating' } as const; // checked above
    // Where it is there already, this step runs for the second time.
    await Submission.upsert({ ...submission, runId: getWorkflowMetadata().workflowRunId }, { update: {} });
    await tell({ step: 'received', text: 'Received.' });
  } else await tell({ step: 'rejected', text: `Rejected: ${flaw}.` }, 'last');
  return flaw;
}

/** Whether its score is one, of a benchmark and a system that there are. @returns what is wrong with it, null for nothing */
export async function parse(submissionId: string): Promise<string | null> {
  'use step';
  const { benchmarkId, systemId, value, machine, measuredAt } = await submissionOf(submissionId);
  const score = { benchmarkId, systemId, value, machine, measuredAt: measuredAt?.toISOString() };
  const [benchmark, system] = await Promise.all([Benchmark.find(benchmarkId), System.find(systemId)]);
  const flaw =
    whyNotAScore(score, Date.now()) ??
    (benchmark.exists() ? null : `there is no benchmark "${benchmarkId}"`) ??
    (system.exists() ? null : `there is no system "${systemId}"`);
  await Submission.update(submissionId, { runId: getWorkflowMetadata().workflowRunId }, VALIDATING);
  if (flaw === null && benchmark.exists())
    await tell({ step: 'parsed', text: `Parsed: ${value?.toLocaleString('en')} ${benchmark.unit}.` });
  return flaw;
}

/** Compares it with what was published before, of the same benchmark and system, or else of other systems. */
export async function compare(submissionId: string): Promise<Comparison> {
  'use step';
  const { benchmarkId, systemId, value } = await submissionOf(submissionId);
  const newest = { direction: 'DESC', limit: OWN_RESULTS, fillPage: true } as const;
  const [earlier, result, results] = await Promise.all([
    Submission.queryByIndex('submissionsForBenchmark', benchmarkId, null, { ...newest, filter: { systemId, state: 'published' } }),
    Result.find({ benchmarkId, systemId }),
    Result.queryByIndex('resultsForBenchmark', benchmarkId, null, { limit: OTHER_RESULTS }),
  ]);
  const published = earlier.items.flatMap((submission) => submission.value ?? []);
  const comparison = compareWithHistory(value ?? 0, {
    // A result that came otherwise than by a submission is history, too.
    own: published.length === 0 && result.exists() ? [result.value] : published,
    others: results.items.filter((other) => other.systemId !== systemId).map((other) => other.value),
  });
  await tell({ step: 'compared', text: `Compared with ${comparison.beside}.` });
  return comparison;
}

/** Publishes it as the result of its system in its benchmark: both rows, or neither. */
export async function publish(submissionId: string, reason: string): Promise<Outcome> {
  'use step';
  const submission = await submissionOf(submissionId, ['validating', 'published']);
  const { benchmarkId, systemId, value, machine, measuredAt, state } = submission;
  if (value === null || machine === null || measuredAt === null) throw new FatalError(`Submission ${submissionId} has no score`);
  if (state === 'validating')
    await transactWrite([
      actions.update(Submission, submissionId, { state: 'published', reason, claimedUntil: null }, VALIDATING),
      actions.replace(Result, { benchmarkId, systemId, value, machine, measuredAt }),
    ]);
  await tell({ step: 'published', text: `Published: ${reason}.` }, 'last');
  return { submissionId, state: 'published', reason };
}

/** Rejects it, and says why. */
export async function reject(submissionId: string, reason: string): Promise<Outcome> {
  'use step';
  const { state } = await submissionOf(submissionId, ['validating', 'rejected']);
  if (state === 'validating') await Submission.update(submissionId, { state: 'rejected', reason, claimedUntil: null }, VALIDATING);
  await tell({ step: 'rejected', text: `Rejected: ${reason}.` }, 'last');
  return { submissionId, state: 'rejected', reason };
}

/** As it is in DynamoDB now. @throws FatalError in any other state */
async function submissionOf(submissionId: string, states: readonly Submission['state'][] = ['validating']): Promise<Submission> {
  const submission = await Submission.find(submissionId, { consistent: true, bypassCache: true });
  if (submission.exists() && states.includes(submission.state)) return submission;
  throw new FatalError(
    `Submission ${submissionId}: expected one that is ${states.join(' or ')}, got ${submission.exists() ? `one that is ${submission.state}` : 'none'}`,
  );
}

async function tell(progress: Progress, isLast?: 'last'): Promise<void> {
  const writer = getWritable<Progress>().getWriter();
  await writer.write(progress);
  if (isLast) await writer.close();
  else writer.releaseLock();
}
