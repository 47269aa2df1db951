/** What a caller wants to see of items: some of their fields, related items embedded. Every answer with items is given its form here. */
import type { ShownItem } from '../access/index.ts';
import type { ModelDescription } from '../bao/index.ts';
import type { JsonSchema } from '../wire/route.ts';
import { entityTag, isUnmodified } from './conditional.ts';
import { checkInclude, includeRelated } from './model-include.ts';
import { knownFields } from './model-query.ts';
import { ParameterReader } from './parameter-reader.ts';
import { empty, json } from './respond.ts';

/** `?fields=` and `?include=`. */
export interface ItemShape {
  /** null: all */
  fields: readonly string[] | null;
  /** relations to one item */
  include: readonly string[];
}

/** The parameters that say a shape, for the descriptions of routes. */
export const SHAPE_PARAMETERS: Record<string, JsonSchema> = { fields: { type: 'string' }, include: { type: 'string' } };

/**
 * The shape that a URL asks for, where it takes no other parameters.
 *
 * @param description the model as the caller sees it
 * @throws ServiceError `invalid_input` for another parameter or an unknown relation, `unknown_field`
 */
export function readShape(description: ModelDescription, url: URL): ItemShape {
  const reader = new ParameterReader(url);
  const shape = takeShape(description, reader);
  reader.finish('fields, include');
  return shape;
}

/** Takes the shape from among other parameters. @throws as `readShape` */
export function takeShape(description: ModelDescription, reader: ParameterReader): ItemShape {
  const fields = knownFields(reader.list('fields'), description);
  const include = reader.list('include') ?? [];
  checkInclude(description, include);
  return { fields, include };
}

/** Items as JSON of the shape, in their order. */
export async function shapedItems(items: readonly ShownItem[], { fields, include }: ItemShape): Promise<Record<string, unknown>[]> {
  const whole = await includeRelated(items, include);
  if (fields === null) return whole;
  const names = new Set([...fields, ...include]);
  return whole.map((item) => Object.fromEntries(Object.entries(item).filter(([name]) => names.has(name))));
}

/**
 * The answer to a read of one item: with its ETag, and 304 where the request has that version. With related items it has neither, as these
 * change on their own.
 */
export async function shapedResponse(
  item: ShownItem,
  shape: ItemShape,
  request: Request,
  headers: Record<string, string> = {},
): Promise<Response> {
  const version = shape.include.length > 0 ? null : item.version;
  const tagged = version === null ? headers : { etag: entityTag(version), ...headers };
  if (version !== null && isUnmodified(request, version)) return empty(304, tagged);
  const [body] = await shapedItems([item], shape);
  return json(body, 200, tagged);
}
