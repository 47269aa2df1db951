/**
 * The workflows of submissions: a score is received, parsed, compared with what was measured before, and published or rejected. Each step is done
 * once as far as the log is concerned, whatever is killed meanwhile.
 */
import { getWorkflowMetadata } from 'workflow';
import { compare, parse, publish, receive, reject, type Outcome } from './steps.ts';

/**
 * Takes the score of whoever has measured it. What is no score at all is rejected, and makes no submission.
 *
 * @returns what became of it, and why; its id is that of the run, after `wrun_`
 */
export async function submit(score: unknown): Promise<Outcome> {
  'use workflow';
  const submissionId = getWorkflowMetadata().workflowRunId.replace(/^wrun_/, '');
  const flaw = await receive(score, submissionId);
  return flaw === null ? decide(submissionId) : { submissionId, state: 'rejected', reason: flaw };
}

/** Validates a submission whose score a runner has handed in. */
export async function validate(submissionId: string): Promise<Outcome> {
  'use workflow';
  return decide(submissionId);
}

async function decide(submissionId: string): Promise<Outcome> {
  const flaw = await parse(submissionId);
  if (flaw !== null) return reject(submissionId, flaw);
  const { isOutlier, text } = await compare(submissionId);
  return isOutlier ? reject(submissionId, text) : publish(submissionId, text);
}
