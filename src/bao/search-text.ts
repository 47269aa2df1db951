/** The text of an object that searches look at, made as dynamo-bao makes it. `steamer/bao/search-text` for programs of `steamer/bao/core`. */
import { SEARCH_TEXT_FIELD } from './constants.ts';
import { addFeature } from './features.ts';
import { BaoField } from './fields/field.ts';
import type { DefinitionDraft, Fail, ModelStatics } from './model-definition.ts';

/** Which text is searched, and how it is normalised. */
export interface SearchConfig {
  fields: readonly string[];
  caseSensitive?: boolean;
  minTermLength?: number;
  dedupe?: boolean;
}

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

/** What filters on the search text are compared with: terms in the form of the text. */
class SearchTextField extends BaoField {
  readonly #config: SearchConfig;

  constructor(config: SearchConfig) {
    super();
    this.#config = config;
  }

  override toFilterDy(value: unknown): unknown {
    return normalizeSearchText(String(value), this.#config);
  }

  override toFilterText(value: string): string {
    return normalizeSearchText(value, this.#config);
  }
}

function defineSearch(draft: DefinitionDraft, { searchConfig }: ModelStatics, fail: Fail): void {
  const { fields } = draft;
  if (!searchConfig) return fail('has searchable: true but no `searchConfig`');
  const names: unknown = searchConfig.fields;
  if (!Array.isArray(names) || names.length === 0) return fail('searchConfig.fields must be a non-empty array');
  for (const name of searchConfig.fields) {
    if (!fields.has(name)) fail(`searchConfig.fields references "${name}" but that field is not defined`);
  }
  draft.searchConfig = searchConfig;
  draft.searchText = new SearchTextField(searchConfig);
  draft.derived = [
    ...draft.derived,
    {
      sources: searchConfig.fields,
      names: [SEARCH_TEXT_FIELD],
      compute(_definition, { read }) {
        const stored = searchConfig.fields.map((name) => fields.get(name)?.toDy(read(name)));
        const text = searchTextOf(stored, searchConfig);
        return text === null ? {} : { [SEARCH_TEXT_FIELD]: text };
      },
    },
  ];
}

addFeature('search-text', defineSearch);
