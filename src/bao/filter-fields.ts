/** Which fields filters and changes are about, for those who have to know before they are sent. */
import { SEARCH_TEXT_FIELD } from './constants.ts';
import { fieldAt } from './document-path.ts';
import { FilterBudget } from './filter-size.ts';
import type { ModelClass } from './model-class.ts';
import { definitionOf } from './model-registry.ts';
import { isPlainObject } from '../lib/plain-object.ts';

/**
 * The fields that a filter compares: a path counts as its field, the search text as every field that is in it. What is no filter is not
 * said here, but where the filter is used.
 *
 * @throws QueryError for a filter that is too deep or too large
 */
export function filteredFields(model: ModelClass, filter: unknown): ReadonlySet<string> {
  const { searchConfig } = definitionOf(model);
  const found = new Set<string>();
  const budget = new FilterBudget();
  const visit = (part: unknown): void => budget.within(() => look(part));
  const look = (part: unknown): void => {
    for (const [name, operand] of Object.entries(isPlainObject(part) ? part : {})) {
      budget.count(operand);
      if (name === '$not') visit(operand);
      else if (name.startsWith('$')) for (const one of Array.isArray(operand) ? operand : []) visit(one);
      else if (name === SEARCH_TEXT_FIELD) for (const field of searchConfig?.fields ?? []) found.add(field);
      else found.add(fieldNamed(model, name));
    }
  };
  visit(filter);
  return found;
}

/** The field that a name stands for: itself, or where it is the path of a part, the field that the part is of. */
export function fieldNamed(model: ModelClass, name: string): string {
  return String(fieldAt(definitionOf(model).fields, name)?.path[0] ?? name);
}
