/** The table of weaknesses in docs/design/bao-compatibility.md. */
import { readFileSync } from 'node:fs';

const ROW = /^\| (W\d+b?) \| ([^|]+) \| ([^|]+) \|$/gm;

export interface WeaknessRow {
  /** "W1" */
  weakness: string;
  /** of the test that shows it */
  title: string;
  /** what an application sees that moves over from dynamo-bao */
  observed: string;
}

/** Its rows, in the order of the page. */
export function weaknessRows(): WeaknessRow[] {
  const page = readFileSync(new URL('../../../docs/design/bao-compatibility.md', import.meta.url), 'utf8');
  return Array.from(page.matchAll(ROW), ([, weakness = '', title = '', observed = '']) => ({
    weakness,
    title: `${weakness} ${title}`,
    observed,
  }));
}
