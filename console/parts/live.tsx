import type { JSX } from 'preact';
import type { Followed } from '../service/streams.ts';

const WORDS: Readonly<Record<Followed<unknown>['status'], readonly [text: string, kind: string]>> = {
  connecting: ['connecting', 'warn'],
  live: ['live', 'ok'],
  offline: ['not connected, trying again', 'warn'],
  ended: ['ended', ''],
};

/** What has become of the connection to a stream. */
export function Live({ status }: Pick<Followed<unknown>, 'status'>): JSX.Element {
  const [text, kind] = WORDS[status];
  return (
    <span class={`badge live ${kind}`} role="status">
      {text}
    </span>
  );
}
