/** Lines over time, drawn by uPlot; what they say last, or where somebody points, stands beside them in words. */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { appearance } from '../shell/theme.ts';

export interface Series {
  name: string;
  /** of the tokens --series-1 to --series-4 */
  colour: 1 | 2 | 3 | 4;
  values: readonly (number | null)[];
}

interface GraphProps {
  title: string;
  /** Unix seconds, in order */
  times: readonly number[];
  series: readonly Series[];
  format: (value: number) => string;
}

const HEIGHT_PX = 150;
const FONT = '11px ui-sans-serif, system-ui, sans-serif';
/** Of graphs that are beside each other: who points at one sees the same instant in all. */
const POINTER = 'graphs';

export function Graph({ title, times, series, format }: GraphProps): JSX.Element {
  const figure = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const data = [[...times], ...series.map(({ values }) => [...values])] as uPlot.AlignedData; // times first, as it wants them
  const latest = useRef(data);
  latest.current = data;
  const scheme = appearance.value;
  const [pointed, setPointed] = useState<number | null>(null);
  const shown = pointed ?? times.length - 1;
  const names = series.map(({ name }) => name).join();

  useEffect(() => {
    const place = figure.current;
    if (place === null) return undefined;
    const drawn = new uPlot(optionsOf(place, series, format, setPointed), latest.current, place);
    plot.current = drawn;
    const watch = new ResizeObserver(() => drawn.setSize({ width: place.clientWidth, height: HEIGHT_PX }));
    watch.observe(place);
    return () => {
      watch.disconnect();
      drawn.destroy();
    };
  }, [scheme, names]);
  useEffect(() => plot.current?.setData(latest.current));

  return (
    <section class="card graph">
      <h2>
        {title} {pointed !== null && <span class="fine number">{clock(times[shown] ?? 0, 'medium')}</span>}
      </h2>
      <ul class="legend">
        {series.map(({ name, colour, values }) => (
          <li key={name}>
            <span class={`swatch series-${colour}`} aria-hidden="true" />
            {name} <strong>{textOf(values[shown] ?? null, format)}</strong>
          </li>
        ))}
      </ul>
      <div ref={figure} aria-hidden="true" />
    </section>
  );
}

function textOf(value: number | null, format: (value: number) => string): string {
  return value === null ? '–' : format(value);
}

function optionsOf(
  place: HTMLElement,
  series: readonly Series[],
  format: (value: number) => string,
  onPoint: (index: number | null) => void,
): uPlot.Options {
  const colour = colourReader(place);
  const axis: uPlot.Axis = {
    font: FONT,
    stroke: colour('--muted'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: place.clientWidth,
    height: HEIGHT_PX,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, sync: { key: POINTER } },
    hooks: { setCursor: [({ cursor: { idx } }) => onPoint(idx ?? null)] },
    padding: [8, 8, 0, 0],
    scales: { y: { range: (_plot, _min, max) => [0, Math.max(1, max * 1.15)] } },
    axes: [
      { ...axis, grid: { show: false }, space: 60, values: (_plot, ticks) => ticks.map((tick) => clock(tick, 'short')), size: 26 },
      { ...axis, space: 40, size: 52, values: (_plot, ticks) => ticks.map((tick) => format(tick)) },
    ],
    series: [
      {},
      ...series.map(({ name, colour: number }) => {
        const stroke = colour(`--series-${number}`);
        return {
          label: name,
          stroke,
          width: 1.5,
          points: { show: false, size: 4, fill: stroke, filter: lonely },
          ...(number === 1 ? { fill: `color-mix(in srgb, ${stroke} 12%, transparent)` } : {}),
        };
      }),
    ],
  };
}

/** Where a value has no neighbour, there is no line to be seen of it. */
function lonely({ data }: uPlot, seriesIndex: number): number[] {
  const values = data[seriesIndex] ?? [];
  const isNone = (index: number): boolean => (values[index] ?? null) === null;
  return [...values.keys()].filter((index) => !isNone(index) && isNone(index - 1) && isNone(index + 1));
}

function clock(seconds: number, timeStyle: 'short' | 'medium'): string {
  return new Date(seconds * 1000).toLocaleTimeString('en-GB', { timeStyle });
}

/** A canvas knows no tokens: what they come to is asked of an element that has them. */
function colourReader(place: HTMLElement): (token: string) => string {
  const probe = place.appendChild(document.createElement('span'));
  return (token) => {
    probe.style.color = `var(${token})`;
    return getComputedStyle(probe).color;
  };
}
