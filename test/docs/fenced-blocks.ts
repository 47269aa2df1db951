/** The fenced blocks of all pages that users read. */
import { globSync, readFileSync } from 'node:fs';

export interface FencedBlock {
  /** "README.md:72" */
  place: string;
  page: string;
  /** "ts" */
  language: string;
  text: string;
}

export const PAGES = globSync(['*.md', 'docs/**/*.md', 'examples/**/*.md', 'templates/**/*.md'], {
  // What others wrote, and what is made of docstrings.
  exclude: ['**/node_modules', 'docs/reference/**'],
}).toSorted();

/** The blocks of some languages, without the indentation of their fences. */
export function fencedBlocks(...languages: string[]): FencedBlock[] {
  return PAGES.flatMap((page) => {
    const text = readFileSync(page, 'utf8');
    return [...text.matchAll(/^( *)```(\w+)\n([^]*?)^\1```$/gm)].flatMap(({ index, 1: indent = '', 2: language = '', 3: body = '' }) => {
      const place = `${page}:${text.slice(0, index).split('\n').length}`;
      return languages.includes(language) ? [{ place, page, language, text: body.replaceAll(new RegExp(`^${indent}`, 'gm'), '') }] : [];
    });
  });
}
