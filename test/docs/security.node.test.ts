import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const PAGE = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8');
const ROWS = [...PAGE.matchAll(/^\| (\d+\.\d+\.\d+) \|[^|]*\| `([^`]+)` (.+) \|$/gm)].map(([, item = '', file = '', title = '']) => ({
  item,
  file,
  title,
}));

describe('docs/security.md', () => {
  it('has 60 items of ASVS 5.0 and more, each once', () => {
    expect(ROWS.length).toBeGreaterThanOrEqual(60);
    expect(new Set(ROWS.map(({ item }) => item)).size).toBe(ROWS.length);
  });

  it.each(ROWS)('names a test that there is for $item', ({ file, title }) => {
    const source = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
    expect([`'${title}'`, `"${title}"`].some((quoted) => source.includes(quoted))).toBe(true);
  });
});
