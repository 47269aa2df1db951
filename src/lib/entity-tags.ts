/** Entity tags in conditions of requests (RFC 9110, sections 8.8.3 and 13.1). */
import { ServiceError } from './errors.ts';

export interface EntityTag {
  /** without its quotes */
  opaque: string;
  isWeak: boolean;
}

const ENTITY_TAG = /^\s*(W\/)?"([^"]*)"\s*$/;
const TAGS_MAX = 20;

/**
 * The entity tags of a header, or '*' for any state.
 *
 * @param name of the header, for the message
 * @throws ServiceError `invalid_input` when it is neither `*` nor at most 20 entity tags
 */
export function parseEntityTags(header: string, name: string): EntityTag[] | '*' {
  if (header.trim() === '*') return '*';
  const parts = header.split(',');
  if (parts.length > TAGS_MAX)
    throw new ServiceError('invalid_input', `${name}: expected at most ${TAGS_MAX} entity tags, got ${parts.length}.`);
  return parts.map((part) => {
    const match = ENTITY_TAG.exec(part);
    if (match) return { opaque: match[2] ?? '', isWeak: match[1] !== undefined };
    const got = JSON.stringify(part.slice(0, 80));
    throw new ServiceError('invalid_input', `${name}: expected * or entity tags in double quotes, got ${got}.`);
  });
}
