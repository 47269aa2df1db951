/** What may be written of a body: pure decisions about its fields, given whose item it is. */
import type { Basis, StoredObject } from '../bao/for-services.ts';
import { ServiceError } from '../lib/errors.ts';
import type { FieldIssue } from '../lib/errors.ts';
import type { Permissions } from './permissions.ts';
import { covers } from './reach.ts';
import type { Reach } from './reach.ts';
import { forbidden, forbiddenFields, foreignOwner, keyTaken, unwritable } from './refusals.ts';

type Values = Readonly<Record<string, unknown>>;

/**
 * The values of a new item: its owner is the principal, unless that may write for others.
 *
 * @throws ServiceError `forbidden`, with an issue for each field that may not be written
 */
export function createdValues(model: string, permissions: Permissions, given: Values): Values {
  const { owner } = permissions.rules;
  if (permissions.reach('create') === 'none') throw forbidden(model, 'create', permissions);
  const isBound = owner !== null && !permissions.mayChooseOwner('create');
  const values = isBound ? { ...given, [owner]: given[owner] ?? permissions.subject } : given;
  const isOwn = owner !== null && permissions.isOwn(values[owner]);
  const issues = isBound && !isOwn ? [foreignOwner(owner)] : [];
  for (const field of permissions.guardedFields())
    if (given[field] !== undefined && !covers(permissions.fieldReach(field, 'write'), isOwn)) issues.push(unwritable(field, permissions));
  if (issues.length > 0) throw forbiddenFields(model, issues);
  return values;
}

/**
 * To which items an update of these fields may be made: the rule of one field may leave the principal's own of those that it may update.
 *
 * @param fields the names of the fields that change; of parts, the fields that they are parts of
 * @throws ServiceError `forbidden`, with an issue for each field that may not be written
 */
export function updateReach(model: string, permissions: Permissions, fields: ReadonlySet<string>, given: Values): Reach {
  const { owner } = permissions.rules;
  const reaches = [permissions.reach('update')];
  if (reaches[0] === 'none') throw forbidden(model, 'update', permissions);
  const issues: FieldIssue[] = [];
  for (const field of fields) {
    const reach = permissions.fieldReach(field, 'write');
    if (reach === 'none') issues.push(unwritable(field, permissions));
    reaches.push(reach);
  }
  if (owner !== null && fields.has(owner) && !permissions.mayChooseOwner('update')) {
    if (!permissions.isOwn(given[owner])) issues.push(foreignOwner(owner));
    reaches.push('own');
  }
  if (issues.length > 0) throw forbiddenFields(model, issues);
  return reaches.includes('own') ? 'own' : 'all';
}

/**
 * What a replace may write, decided from the item that is there. A field that may not be written stays as it is stored, whether it is left
 * out or given as it was read.
 *
 * @param hasCondition whether the caller demands a state of the item
 */
export function replaceBasis(model: string, permissions: Permissions, given: Values, hasCondition: boolean): Basis {
  const { owner } = permissions.rules;
  const guarded = new Set([...permissions.guardedFields(), ...(owner === null || permissions.mayChooseOwner('update') ? [] : [owner])]);
  return {
    fields: [...guarded, ...(owner === null ? [] : [owner])],
    decide(stored) {
      const isOwn = owner !== null && stored !== null && permissions.isOwn(stored.get(owner));
      if (stored !== null && covers(permissions.reach('update'), isOwn))
        return keptValues(model, permissions, given, stored, guarded, isOwn);
      if (stored !== null && covers(permissions.reach('read'), isOwn)) throw forbidden(model, 'update', permissions);
      // An item that the principal may neither read nor replace is answered as none, as far as there can be a new one in its place.
      if (hasCondition) throw new ServiceError('precondition_failed', `There is no ${model} in the state that is demanded.`);
      const created = createdValues(model, permissions, given);
      if (stored !== null) throw keyTaken(model);
      return created;
    },
  };
}

function keptValues(
  model: string,
  permissions: Permissions,
  given: Values,
  stored: StoredObject,
  guarded: ReadonlySet<string>,
  isOwn: boolean,
): Values {
  const { owner } = permissions.rules;
  const kept: Record<string, unknown> = {};
  const issues: FieldIssue[] = [];
  for (const field of guarded) {
    const isWritable = field !== owner && covers(permissions.fieldReach(field, 'write'), isOwn);
    if (isWritable) continue;
    kept[field] = stored.get(field);
    if (given[field] === undefined) continue;
    // Whether an unreadable field has the given value would be an answer, too.
    const isAsRead = covers(permissions.fieldReach(field, 'read'), isOwn) && stored.holds(field, given[field]);
    if (!isAsRead) issues.push(field === owner ? foreignOwner(field) : unwritable(field, permissions));
  }
  if (issues.length > 0) throw forbiddenFields(model, issues);
  return kept;
}
