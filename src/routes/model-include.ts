/** `?include=`: items with related items embedded, loaded through the batch context and so without a request for each. */
import { ValidationError } from '../bao/index.ts';
import type { BaoModel } from '../bao/index.ts';
import { ServiceError } from '../lib/errors.ts';
import type { ServedModel } from './model-route.ts';

/** Refuses what cannot be embedded: only relations to one item can, so that a page costs no query for each of its items. */
export function checkInclude({ description }: ServedModel, include: readonly string[]): void {
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
export async function includeRelated(
  { description }: ServedModel,
  items: readonly BaoModel[],
  include: readonly string[],
): Promise<Record<string, unknown>[]> {
  if (include.length === 0) return items.map((item) => item.toJSON());
  const fields = include.map((name) => [name, description.relations[name]] as const);
  return Promise.all(
    items.map(async (item) => {
      const own = item.toJSON();
      const embedded = await Promise.all(
        fields.map(async ([name, relation]) => {
          const related = relation?.kind === 'one' ? await loadRelated(item, relation.field) : null;
          return [name, related ?? own[name] ?? null] as const;
        }),
      );
      return { ...own, ...Object.fromEntries(embedded) };
    }),
  );
}

/** The item that a field names; null where it names none, one that does not exist, or what can be no id of its model. */
export async function loadRelated(item: BaoModel, field: string): Promise<BaoModel | null> {
  try {
    const related = await item.getOrLoadRelatedField(field);
    return related?.exists() ? related : null;
  } catch (error) {
    if (error instanceof ValidationError) return null;
    throw error;
  }
}
