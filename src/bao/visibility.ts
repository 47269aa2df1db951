/** Which rows count as objects: those that have expired and those that were deleted softly are there, and are not found. */
import { marshall } from '../dynamo/codec.ts';
import type { AttributeMap, AttributeValue } from '../dynamo/types.ts';
import { TTL_FIELD } from './constants.ts';
import type { Placeholders } from './expression.ts';
import { STATE } from './instance-state.ts';
import type { InstanceState, Stateful } from './instance-state.ts';
import type { ModelDefinition } from './model-definition.ts';
import { ObjectNotFound } from './object-not-found.ts';
import { attributeOf, sameAttribute } from './stored-values.ts';

/** An option of reads, and of writes to objects that exist. */
export interface OnlyOption {
  /**
   * only objects whose fields have these native values, `{ ownerId: 'u1' }`: all others are as if they were not there. Queries, counts and
   * writes have it as a condition that DynamoDB applies; a cursor is good for the same ones only
   */
  only?: Readonly<Record<string, unknown>> | null;
}

/** Options of what reads, and of updates: what is not shown is not found. */
export interface VisibilityOptions extends OnlyOption {
  /** also objects whose `ttl` has passed, which DynamoDB removes within days; default false */
  includeExpired?: boolean;
  /** also objects that were deleted softly; default false */
  includeDeleted?: boolean;
}

/** Whether the row's `ttl` has passed. */
export function isExpired({ fields }: ModelDefinition, row: AttributeMap, nowMs: number = Date.now()): boolean {
  const ttl = row[TTL_FIELD];
  return ttl !== undefined && 'N' in ttl && fields.get(TTL_FIELD)?.kind === 'ttl' && Number(ttl.N) <= nowMs / 1000;
}

/** Whether the row was deleted softly. */
export function isDeletedSoftly({ softDelete }: ModelDefinition, row: AttributeMap): boolean {
  return softDelete !== null && row[softDelete] !== undefined && !('NULL' in row[softDelete]);
}

/** Whether there may be rows of the model that the options do not show. */
export function hidesRows({ fields, softDelete }: ModelDefinition, { only }: OnlyOption): boolean {
  return softDelete !== null || fields.get(TTL_FIELD)?.kind === 'ttl' || (only !== null && only !== undefined);
}

/** Whether a row is one of those that the options show. */
export function isVisible(definition: ModelDefinition, row: AttributeMap, options: VisibilityOptions): boolean {
  return (
    (options.includeDeleted === true || !isDeletedSoftly(definition, row)) &&
    (options.includeExpired === true || !isExpired(definition, row)) &&
    isAmong(definition, row, options)
  );
}

/** Whether the fields of a row have the values that `only` names. */
export function isAmong(definition: ModelDefinition, row: AttributeMap, options: OnlyOption): boolean {
  return onlyAttributes(definition, options).every(([name, value]) => sameAttribute(row[name], value ?? undefined));
}

/** The values of `only` as rows hold them; null: the attribute is not there. @throws TypeError for an unknown field, or undefined */
export function onlyAttributes({ name: model, fields }: ModelDefinition, { only }: OnlyOption): [string, AttributeValue | null][] {
  return Object.entries(only ?? {}).map(([name, value]) => {
    const field = fields.get(name);
    if (!field || value === undefined) throw new TypeError(`only: expected values of fields of ${model}, got ${name}: ${String(value)}`);
    return [name, attributeOf(field, value) ?? null];
  });
}

/** The conditions that say what `only` says. */
export function onlyTerms(definition: ModelDefinition, options: OnlyOption, placeholders: Placeholders): string[] {
  return onlyAttributes(definition, options).map(([name, value]) => {
    const attribute = placeholders.name(name);
    return value === null ? `attribute_not_exists(${attribute})` : `${attribute} = ${placeholders.attributeValue(value)}`;
  });
}

/** The object that was found, or ObjectNotFound in place of one that the options do not show. */
export function visibleObject(found: object, options: VisibilityOptions): object {
  if (!(STATE in found)) return found;
  const state: InstanceState = (found as Stateful)[STATE]; // just seen to be one
  if (state.row === null || isVisible(state.definition, state.row, options)) return found;
  return new ObjectNotFound(state.capacity.reduce((sum, { type, units }) => sum + (type === 'read' ? units : 0), 0));
}

/** The term of a filter that leaves out what the options do not show; null where all rows of the model are shown. */
export function visibilityTerm(definition: ModelDefinition, options: VisibilityOptions, placeholders: Placeholders): string | null {
  const { fields, softDelete } = definition;
  const { includeDeleted, includeExpired } = options;
  const terms = onlyTerms(definition, options, placeholders);
  if (includeDeleted !== true && softDelete !== null) terms.push(`attribute_not_exists(${placeholders.name(softDelete)})`);
  if (includeExpired !== true && fields.get(TTL_FIELD)?.kind === 'ttl') {
    const ttl = placeholders.name(TTL_FIELD);
    const nowSec = placeholders.attributeValue(marshall(Math.floor(Date.now() / 1000)));
    terms.push(`(attribute_not_exists(${ttl}) OR ${ttl} > ${nowSec})`);
  }
  return terms.length === 0 ? null : terms.join(' AND ');
}
