/** What the gate says when it refuses: whom the rule admits is no secret, whether an item exists may be one. */
import { ServiceError } from '../lib/errors.ts';
import type { FieldIssue } from '../lib/errors.ts';
import type { AccessWord, ItemOperation } from '../wire/access-rules.ts';
import type { Permissions } from './permissions.ts';

/** The refusal of an operation on a model's items, or on this one of them; of somebody without credentials, who may have some. */
export function forbidden(model: string, operation: ItemOperation, { rules, subject }: Permissions): ServiceError {
  if (subject === null) return new ServiceError('unauthenticated', `May not ${operation} ${model} without an API key.`);
  return new ServiceError('forbidden', `May not ${operation} ${model}: that is for ${whom(rules[operation])}.`);
}

/** The refusal of a write to an item that may be seen. */
export function foreignItem(model: string, operation: ItemOperation): ServiceError {
  return new ServiceError('forbidden', `May not ${operation} this ${model}, or these fields of it: it is not the caller's own.`);
}

/** The refusal of a new item whose key is taken: there is no other answer, whoever may see the item that has it. */
export function keyTaken(model: string, cause?: unknown): ServiceError {
  return new ServiceError('conflict', `Another ${model} has this key.`, { cause });
}

/** The refusal of fields that may not be written, one issue for each. */
export function forbiddenFields(model: string, issues: readonly FieldIssue[]): ServiceError {
  const [first] = issues;
  return new ServiceError('forbidden', `${model}${first?.path ?? ''}: ${first?.reason ?? 'may not be written'}.`, { issues });
}

/** The issue of a field that may not be written. */
export function unwritable(field: string, { rules }: Permissions): FieldIssue {
  const words = rules.fields[field]?.write ?? [];
  return { path: `/${field}`, reason: `may not be written; that is for ${whom(words)}` };
}

/** The issue of an owner who is somebody else. */
export function foreignOwner(field: string): FieldIssue {
  return { path: `/${field}`, reason: "expected the caller's own id, or none" };
}

/** The refusal of a question about what may not be read. */
export function forbiddenQuestion(model: string, what: string): ServiceError {
  return new ServiceError('forbidden', `May not ask about ${what} of ${model}, which may not be read.`);
}

/** "role:admin or owner"; nobody where there are none. */
function whom(words: readonly AccessWord[]): string {
  return words.length === 0 ? 'nobody' : words.join(' or ');
}
