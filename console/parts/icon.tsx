import type { JSX } from 'preact';

/** Lines in a square of 16. */
const PATHS = {
  activity: 'M1.5 8h3l2-5 3 10 2-5h3',
  archive: 'M2 3h12v3H2zM3 6v7.5h10V6M6.5 9h3',
  audit: 'M4 2h6l3 3v9H4zM10 2v3h3M6.5 8h4M6.5 11h4',
  book: 'M3 2.5h8.5a1.5 1.5 0 0 1 1.5 1.5v9.5H4.5A1.5 1.5 0 0 1 3 12zM3 12a1.5 1.5 0 0 1 1.5-1.5H13',
  check: 'M3 8.5l3.5 3.5L13 4.5',
  chevron: 'M4.5 6.5L8 10l3.5-3.5',
  close: 'M4 4l8 8M12 4l-8 8',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  files: 'M4.5 1.5h5l3 3v10h-8zM9.5 1.5v3h3',
  gauge: 'M2.5 12a6 6 0 1 1 11 0M8 10l3-4',
  key: 'M10.5 9a3.5 3.5 0 1 0-3.3-2.3L2 12v2h2.5v-1.5H6V11h1.5l1.300-1.300a3.5 3.5 0 0 0 1.700.3zM11 5h.01',
  mail: 'M2 3.5h12v9H2zM2 4l6 5 6-5',
  members:
    'M6 8a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM1.5 13.5a4.5 4.5 0 0 1 9 0M10.5 3.200a2.5 2.5 0 0 1 0 4.600M12 9.5a4.5 4.5 0 0 1 2.5 4',
  menu: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
  models: 'M2.5 3h11v10h-11zM2.5 6.5h11M6.5 6.5V13',
  moon: 'M13 9.5A5.5 5.5 0 0 1 6.5 3a5.5 5.5 0 1 0 6.5 6.5z',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  play: 'M5 3l8 5-8 5z',
  plus: 'M8 3v10M3 8h10',
  refresh: 'M13 8a5 5 0 1 1-1.5-3.5M13 2v3h-3',
  sessions: 'M2 3h12v8H2zM5.5 13.5h5M8 11v2.5',
  signOut: 'M6.5 2.5h-4v11h4M10 5l3 3-3 3M13 8H6',
  store: 'M8 2l6 3-6 3-6-3zM2 8l6 3 6-3M2 11l6 3 6-3',
  streams: 'M2 4.5c2-1.5 4 1.5 6 0s4 1.5 6 0M2 8c2-1.5 4 1.5 6 0s4 1.5 6 0M2 11.5c2-1.5 4 1.5 6 0s4 1.5 6 0',
  sun: 'M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1',
  system: 'M8 2a6 6 0 1 0 0 12zM8 2a6 6 0 0 1 0 12',
  trash: 'M2.5 4.5h11M6 4.5v-2h4v2M4 4.5l.5 9h7l.5-9M6.5 7v4M9.5 7v4',
  upload: 'M8 10.5V3M5 6l3-3 3 3M2.5 10.5v3h11v-3',
  warning: 'M8 2l6.5 11.5h-13zM8 6.5v3M8 11.5v.01',
  workflows: 'M2 2.5h4v4H2zM10 9.5h4v4h-4zM4 6.5v5h6M10 4.5h4',
} as const;

export type IconName = keyof typeof PATHS;

/** A picture beside words: it says nothing by itself. */
export function Icon({ name }: { name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
