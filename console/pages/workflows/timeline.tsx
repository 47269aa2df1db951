/** A picture of a run: what it did, when, and for how long. */
import type { JSX } from 'preact';
import { duration } from '../../parts/figures.tsx';
import { Empty } from '../../parts/notices.tsx';
import { hasEnded, type Run, type Span } from './run.ts';

const ROW_PX = 30;
const BAR_PX = 14;
/** Of the picture, which stretches: all is in parts of this. */
const WIDTH = 1000;
const MIN_BAR = 3;
const TICKS = 4;

interface TimelineProps {
  run: Run;
  spans: readonly Span[];
  nowMs: number;
}

export function Timeline({ run, spans, nowMs }: TimelineProps): JSX.Element {
  if (spans.length === 0) return <Empty icon="workflows" title={hasEnded(run) ? 'It ended without a step' : 'No step has begun yet'} />;
  const beginMs = Math.min(Date.parse(run.createdAt), ...spans.map(({ fromMs }) => fromMs));
  const endMs = hasEnded(run)
    ? Math.max(Date.parse(run.completedAt ?? run.createdAt), ...spans.map(({ fromMs, toMs }) => toMs ?? fromMs))
    : nowMs;
  const lengthMs = Math.max(1, endMs - beginMs);
  const place = (atMs: number): number => ((atMs - beginMs) / lengthMs) * WIDTH;
  // What never ended by itself ended with its run.
  const end = ({ toMs }: Span): number => toMs ?? endMs;
  return (
    <figure class="timeline">
      <div class="timeline-axis" aria-hidden="true">
        {Array.from({ length: TICKS + 1 }, (_, index) => (
          <span key={index}>{duration((lengthMs * index) / TICKS)}</span>
        ))}
      </div>
      <ol>
        {spans.map((span) => (
          <li key={span.id}>
            <span class="timeline-name" title={span.id}>
              {span.name}
            </span>
            <svg viewBox={`0 0 ${WIDTH} ${ROW_PX}`} preserveAspectRatio="none" height={ROW_PX} aria-hidden="true">
              <rect
                class={`span ${span.kind} ${span.status}`}
                x={Math.min(place(span.fromMs), WIDTH - MIN_BAR)}
                y={(ROW_PX - BAR_PX) / 2}
                width={Math.max(MIN_BAR, place(end(span)) - place(span.fromMs))}
                height={BAR_PX}
              />
            </svg>
            <span class="timeline-length number">
              {duration(end(span) - span.fromMs)} <span class="visually-hidden">{span.status}</span>
            </span>
          </li>
        ))}
      </ol>
    </figure>
  );
}
