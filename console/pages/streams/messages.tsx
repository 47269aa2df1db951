import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { Choice } from '../../parts/field.tsx';
import { Live } from '../../parts/live.tsx';
import { Failure } from '../../parts/notices.tsx';
import { Card } from '../../parts/page.tsx';
import { useFollowed } from '../../service/streams.ts';
import { offsetBefore, type StreamListing } from './stream.ts';

const KEPT = 500;
const LATEST = 50;
const FROM = [
  ['latest', `the latest ${LATEST}`],
  ['beginning', 'the beginning'],
  ['now', 'now'],
] as const;

/** The messages of a stream as they come, the newest last. */
export function Messages({ tenant, stream }: { tenant: string; stream: StreamListing }): JSX.Element {
  const [from, setFrom] = useState<(typeof FROM)[number][0]>('latest');
  const [isPaused, setPaused] = useState(false);
  // Where it is followed from is settled once, however the stream grows.
  const [latest] = useState(offsetBefore(stream.nextOffset, LATEST));
  const offset = { latest, beginning: '-1', now: 'now' }[from];
  const { events, status, refusal } = useFollowed<unknown>({ tenant, name: stream.name, offset, keep: KEPT });
  const [held, setHeld] = useState(events);
  const shown = isPaused ? held : events;
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => {
    if (!isPaused) list.current?.scrollTo(0, list.current.scrollHeight);
  }, [shown.length, shown.at(-1)?.offset, isPaused]);
  return (
    <Card title="Messages" actions={<Live status={status} />}>
      <div class="query-row">
        <Choice label="From" value={from} options={FROM} onChange={setFrom} />
        <Button
          icon={isPaused ? 'play' : 'pause'}
          isPressed={isPaused}
          onClick={() => {
            setHeld(events);
            setPaused(!isPaused);
          }}
        >
          {isPaused ? 'Go on' : 'Hold'}
        </Button>
      </div>
      <Failure refusal={refusal} />
      <ol ref={list} class="messages" tabIndex={0} aria-label="Messages">
        {shown.length === 0 && <li class="muted">Nothing came yet.</li>}
        {shown.map(({ value, offset: at }) => (
          <li key={at}>
            <span class="fine" title={at}>
              {Number(at.split('_')[1])}
            </span>
            <pre>{textOf(value)}</pre>
          </li>
        ))}
      </ol>
    </Card>
  );
}

function textOf(value: unknown): string {
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : JSON.stringify(value, null, 1).replaceAll(/\n\s*/g, ' ');
}
