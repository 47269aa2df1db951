import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { weaknessRows } from './compatibility-page.ts';

const TITLE = /'(W\d+b? [^'\n]+?)(?: \(%[^)]*\))?'/g;

/** The titles of the tests beside this one, as they stand in the files. */
function titles(): string[] {
  const folder = new URL('.', import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith('.node.test.ts'));
  return files.flatMap((name) => Array.from(readFileSync(new URL(name, folder), 'utf8').matchAll(TITLE), ([, title = '']) => title));
}

it('the compatibility page names every weakness of dynamo-bao, each with the tests that show that it is gone', () => {
  const rows = weaknessRows();
  const numbers = [...Array.from({ length: 67 }, (_, at) => `W${at + 1}`), 'W40b'];
  expect(new Set(rows.map(({ weakness }) => weakness))).toEqual(new Set(numbers));
  expect(rows.map(({ title }) => title).toSorted()).toEqual(titles().toSorted());
});
