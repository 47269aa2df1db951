/** `?include=`: items with related items embedded, loaded through the batch context and so without a request for each. */
import type { ShownItem } from '../access/index.ts';
import type { ModelDescription } from '../bao/index.ts';
import { ServiceError } from '../lib/errors.ts';

/** Refuses what cannot be embedded: only relations to one item can, so that a page costs no query for each of its items. */
export function checkInclude(description: ModelDescription, include: readonly string[]): void {
  const embeddable = Object.keys(description.relations).filter((name) => description.relations[name]?.kind === 'one');
  for (const name of include) {
    if (embeddable.includes(name)) continue;
    const choices = embeddable.length === 0 ? `${description.name} has no relation to one item` : `expected ${embeddable.join(', ')}`;
    throw new ServiceError('invalid_input', `?include: ${choices}, got ${JSON.stringify(name.slice(0, 80))}.`);
  }
}

/**
 * Items as JSON, each with the related items that `include` names, all loaded through the batch context. Where there is none stands null; or the id
 * itself, where the relation has the name of its field.
 */
export async function includeRelated(items: readonly ShownItem[], include: readonly string[]): Promise<Record<string, unknown>[]> {
  if (include.length === 0) return items.map((item) => item.toJSON());
  return Promise.all(
    items.map(async (item) => {
      const own = item.toJSON();
      const embedded = await Promise.all(include.map(async (name) => [name, (await item.related(name)) ?? own[name] ?? null] as const));
      return { ...own, ...Object.fromEntries(embedded) };
    }),
  );
}
