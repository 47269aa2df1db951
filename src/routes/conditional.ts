/** Conditional requests on items (RFC 9110 section 13): the ETag is the item's Version field, so a condition can travel in the DynamoDB write itself. */
import { parseEntityTags } from '../lib/entity-tags.ts';

/** `*`: any state; else the opaque tags that match, strong ones only where the comparison has to be strong. */
export type TagCondition = { kind: 'any' } | { kind: 'tags'; tags: string[] };

/** The strong ETag of a version. */
export function entityTag(version: string): string {
  return `"${version}"`;
}

/**
 * Parses If-Match: weak tags never match, as the comparison is strong.
 *
 * @returns null when the header is absent
 * @throws ServiceError `invalid_input` when it is neither `*` nor entity tags
 */
export function ifMatch(request: Request): TagCondition | null {
  return parseTags(request.headers.get('if-match'), 'If-Match', false);
}

/** Parses If-None-Match, compared weakly; null when the header is absent. */
export function ifNoneMatch(request: Request): TagCondition | null {
  return parseTags(request.headers.get('if-none-match'), 'If-None-Match', true);
}

/** Whether a GET can be answered 304: the client has this version already. */
export function isUnmodified(request: Request, version: string): boolean {
  const condition = ifNoneMatch(request);
  return condition !== null && (condition.kind === 'any' || condition.tags.includes(version));
}

function parseTags(header: string | null, name: string, acceptWeak: boolean): TagCondition | null {
  if (header === null) return null;
  const tags = parseEntityTags(header, name);
  if (tags === '*') return { kind: 'any' };
  return { kind: 'tags', tags: tags.filter(({ isWeak }) => acceptWeak || !isWeak).map(({ opaque }) => opaque) };
}
