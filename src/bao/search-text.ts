/** The text of an object that searches look at, made as dynamo-bao makes it. */
import type { SearchConfig } from './model-definition.ts';

/** A term or a text in the form in which both are compared. */
export function normalizeSearchText(text: string, { caseSensitive = false }: SearchConfig): string {
  const words = text.replace(/[^\p{L}\p{N}\s]/gu, ' ');
  return (caseSensitive ? words : words.toLowerCase()).replace(/\s+/g, ' ').trim();
}

/** The `_searchText` of the given stored values, in the order of the configuration; null when nothing is left. */
export function searchTextOf(values: readonly unknown[], config: SearchConfig): string | null {
  const joined = values
    .filter((value) => value !== null && value !== undefined)
    .map(String)
    .join(' ');
  const normal = normalizeSearchText(joined, config);
  const { dedupe = false, minTermLength = 1 } = config;
  if (!dedupe && minTermLength <= 1) return normal === '' ? null : normal;
  const tokens = normal.split(' ').filter((token) => [...token].length >= minTermLength);
  const kept = dedupe ? [...new Set(tokens)] : tokens;
  return kept.length === 0 ? null : kept.join(' ');
}
