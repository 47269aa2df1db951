/** What of a body a principal may write. The writes of a view take nothing else, so that no body gets past the rules. */
import { fieldNamed } from '../bao/for-services.ts';
import type { JsonInputMode } from '../bao/for-services.ts';
import { ServiceError } from '../lib/errors.ts';
import type { FieldIssue } from '../lib/errors.ts';
import type { Permissions } from './permissions.ts';
import type { Reach } from './reach.ts';
import { forbidden } from './refusals.ts';
import { requireReach } from './viewed-model.ts';
import type { ViewedModel } from './viewed-model.ts';
import { createdValues, updateReach } from './written-values.ts';

/** Made here alone: the private member keeps data of the same shape from being taken for it. */
export class PermittedData {
  readonly mode: JsonInputMode;
  /** native values by field */
  readonly values: Readonly<Record<string, unknown>>;
  /** of an update, the items that it may be made to */
  readonly #reach: Reach;

  constructor(mode: JsonInputMode, values: Readonly<Record<string, unknown>>, reach: Reach) {
    this.mode = mode;
    this.values = values;
    this.#reach = reach;
  }

  get reach(): Reach {
    return this.#reach;
  }
}

/**
 * Reads a body.
 *
 * @throws ServiceError `forbidden` when the operation, or (with an issue for each) a field is not the principal's to write; `invalid_input`,
 *   or `unknown_field` when that is all that is wrong, with an issue for each field of a body that is none of the model's
 */
export function permitBody(viewed: ViewedModel, body: unknown, mode: JsonInputMode): PermittedData {
  const { model, description, permissions } = viewed;
  requireWrite(viewed, mode);
  const parsed = model.parseJson(body, mode, optionalFields(permissions, mode));
  if ('issues' in parsed) throw invalidBody(description.name, parsed.issues);
  const { data } = parsed;
  switch (mode) {
    case 'create':
      return new PermittedData(mode, createdValues(description.name, permissions, data), 'all');
    case 'replace': // what may be written of it depends on the item that is there
      return new PermittedData(mode, data, 'all');
    case 'update': {
      const fields = new Set(Object.keys(data).map((name) => fieldNamed(model, name)));
      return new PermittedData(mode, data, updateReach(description.name, permissions, fields, data));
    }
  }
}

function requireWrite(viewed: ViewedModel, mode: JsonInputMode): void {
  const { description, permissions } = viewed;
  if (mode !== 'replace') return requireReach(viewed, mode);
  if (!permissions.mayWrite) throw forbidden(description.name, 'update', permissions);
}

/** The fields that the rules give their values: whose a new item is, and what a replace leaves as it is. */
export function optionalFields(permissions: Permissions, mode: JsonInputMode): ReadonlySet<string> {
  const { owner } = permissions.rules;
  const isGiven = !permissions.mayChooseOwner('create') || (mode === 'replace' && !permissions.mayChooseOwner('update'));
  const owners = owner !== null && isGiven ? [owner] : [];
  return new Set(mode === 'replace' ? [...owners, ...permissions.guardedFields()] : owners);
}

function invalidBody(model: string, issues: readonly FieldIssue[]): ServiceError {
  const [first] = issues;
  const code = issues.every(({ kind }) => kind === 'unknown_field') ? 'unknown_field' : 'invalid_input';
  return new ServiceError(code, `${model}${first?.path ?? ''}: ${first?.reason ?? 'is not valid'}.`, { issues });
}
