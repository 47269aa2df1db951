/** The code samples of a tutorial, by the headings that they stand under. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A fenced block as it stands in the tutorial. */
export interface Sample {
  /** the headings above it, without the title: ["Usage Patterns", "AWS Lambda Functions"] */
  headings: readonly string[];
  /** the file name in bold above the block, "models/user.js"; null for none */
  file: string | null;
  language: string;
  text: string;
}

/** The samples of a tutorial in this folder, in its order. */
export function readSamples(name: string): Sample[] {
  const samples: Sample[] = [];
  let headings: string[] = [];
  let file: string | null = null;
  let open: { language: string; lines: string[] } | null = null;
  for (const line of readFileSync(join(import.meta.dirname, name), 'utf8').split('\n')) {
    const fence = /^```(\w*)$/.exec(line);
    if (open !== null && fence) {
      samples.push({ headings, file, language: open.language, text: `${open.lines.join('\n')}\n` });
      open = null;
      file = null;
    } else if (open !== null) {
      open.lines.push(line);
    } else if (fence) {
      open = { language: fence[1] ?? '', lines: [] };
    } else {
      const heading = /^(#{2,}) (.+)$/.exec(line);
      if (heading) headings = [...headings.slice(0, (heading[1] ?? '').length - 2), heading[2] ?? ''];
      file = /^\*\*([\w./-]+)\*\*$/.exec(line)?.[1] ?? (line === '' ? file : null);
    }
  }
  return samples;
}

/** The one sample under a last heading that is the named file, or (without a name) the `at`-th. @throws Error when there is none */
export function sampleUnder(samples: readonly Sample[], heading: string, which: string | number = 0): string {
  const under = samples.filter(({ headings }) => headings.at(-1) === heading);
  const found = typeof which === 'number' ? under[which] : under.find(({ file }) => file === which);
  if (found) return found.text;
  throw new Error(`the tutorial has no such sample under "${heading}": ${which}`);
}
