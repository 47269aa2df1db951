import type { JSX } from 'preact';
import type { Answer } from '../../service/send.ts';

/** What an answer took: whether memory had it, or DynamoDB was asked, by its Server-Timing. */
export function Cost({ answer: { headers, elapsedMs } }: { answer: Answer<unknown> }): JSX.Element {
  const timing = headers.get('server-timing') ?? '';
  const calls = Number(/calls=(\d+)/.exec(timing)?.[1] ?? 0);
  const time = `${Math.max(1, Math.round(elapsedMs))} ms`;
  return (
    <p class="cost" role="status">
      {calls === 0 ? (
        <span class="badge ok">from memory</span>
      ) : (
        <span class="badge">DynamoDB, {calls === 1 ? 'one request' : `${calls} requests`}</span>
      )}{' '}
      {time}
    </p>
  );
}
