/** The names that follow from a model's own: its path, its relations. Code generation and the running model both make them here. */

/** What a model is called: as it says, else as its class is named, which a bundler may have shortened. */
export function nameOfModel({ modelName, name }: { readonly modelName: string | null; readonly name: string }): string {
  return modelName ?? name;
}

/** The segment of a model in URLs: the plural of its class name in kebab-case. "BenchmarkResult" → "benchmark-results", "APIKey" → "api-keys". */
export function pathOfModel(modelName: string): string {
  return pluralOf(modelName.replace(/([a-z0-9])([A-Z])|([A-Z])(?=[A-Z][a-z])/g, '$1$3-$2').toLowerCase());
}

/** The plural of an English word: "post" → "posts", "Category" → "Categories", "box" → "boxes". */
export function pluralOf(word: string): string {
  if (/[^aeiou]y$/.test(word)) return `${word.slice(0, -1)}ies`;
  return /(?:[sxz]|ch|sh)$/.test(word) ? `${word}es` : `${word}s`;
}

/** The relation of a RelatedField: its name without a last "Id". "systemId" → "system", "owner" → "owner". */
export function relationOfField(fieldName: string): string {
  return fieldName.length > 2 && fieldName.endsWith('Id') ? fieldName.slice(0, -2) : fieldName;
}

/** The relation of an index, seen from the model it lists by: the part before the first "For". "resultsForSystem" → "results", "byOwner" → "byOwner". */
export function relationOfIndex(indexName: string): string {
  const end = indexName.indexOf('For');
  return end > 0 ? indexName.slice(0, end) : indexName;
}
