/** What has become of a submission, line after line, to its end. */
import type { Submission } from '../../../.bao/models.ts';
import type { Progress } from '../validation/progress.ts';
import { html, type Html } from './html.ts';
import { minute } from './parts.ts';

/** Follows what a run says of its validation, until it has nothing more to say. */
export type FollowProgress = (runId: string) => ReadableStream<Progress>;

export interface SubmissionReader {
  /** as it is now */
  read: () => Promise<Submission | { exists(): false }>;
  /** null where nothing is validated */
  follow: FollowProgress | null;
}

/** A page is not kept open for longer: whoever still wants to know looks again. */
const FOLLOWED_MS = 60_000;
const POLL_MS = 1_000;

export function goesOn({ state }: Submission): boolean {
  return state !== 'published' && state !== 'rejected';
}

/** A list in parts: what has happened, and what happens within a minute. */
export async function* progressOf(first: Submission, { read, follow }: SubmissionReader): AsyncGenerator<Html, void, void> {
  const tooLong = Promise.withResolvers<null>();
  const endsAtMs = Date.now() + FOLLOWED_MS;
  const timer = setTimeout(() => tooLong.resolve(null), FOLLOWED_MS);
  let [submission, said] = [first, ''];
  try {
    yield { html: '<ol class="progress" aria-live="polite">' };
    yield html`<li>Submitted ${minute(first.createdAt)}</li> `;
    while (goesOn(submission) && Date.now() < endsAtMs) {
      const standing = standingOf(submission);
      if (standing !== said) yield html`<li>${standing}</li> `;
      said = standing;
      if (submission.state === 'validating' && submission.runId !== null && follow !== null)
        yield* validation(follow(submission.runId), tooLong.promise);
      const now = await read();
      if (!now.exists()) break;
      if (now.state === submission.state) await Promise.race([scheduler.wait(POLL_MS), tooLong.promise]);
      submission = now;
    }
    yield outcomeOf(submission);
    yield { html: '</ol>' };
  } finally {
    clearTimeout(timer);
  }
}

function standingOf({ state, claimedBy, attempts, reason }: Submission): string {
  if (state === 'queued') return 'Waits for a runner';
  if (state === 'validating') return 'Is validated';
  return `Executed by ${claimedBy}, attempt ${attempts}${reason === null ? '' : `; the one before failed: ${reason}`}`;
}

/** What the steps say before the last, each once: a step that ran twice has said it twice. */
async function* validation(progress: ReadableStream<Progress>, tooLong: Promise<null>): AsyncGenerator<Html, void, void> {
  const reader = progress.getReader();
  const said = new Set<Progress['step']>(['published', 'rejected']);
  try {
    for (;;) {
      const next = await Promise.race([reader.read(), tooLong]);
      if (next === null || next.done) return;
      const { step, text } = next.value;
      if (!said.has(step)) yield html`<li>${text}</li> `;
      said.add(step);
    }
  } finally {
    await reader.cancel();
  }
}

function outcomeOf(submission: Submission): Html {
  const { state, reason } = submission;
  if (goesOn(submission)) return html`<li>It goes on: <a href="">look again</a></li>`;
  return html`<li class="${state}"><strong>${state === 'published' ? 'Published' : 'Rejected'}</strong>: ${reason}</li>`;
}
