/** Which rows count as objects: those that have expired and those that were deleted softly are there, and are not found. */
import { marshall } from '../dynamo/codec.ts';
import type { AttributeMap } from '../dynamo/types.ts';
import { TTL_FIELD } from './constants.ts';
import type { Placeholders } from './expression.ts';
import { STATE } from './instance-state.ts';
import type { InstanceState, Stateful } from './instance-state.ts';
import type { ModelDefinition } from './model-definition.ts';
import { ObjectNotFound } from './object-not-found.ts';

/** Options of what reads, and of updates: what is not shown is not found. */
export interface VisibilityOptions {
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

/** Whether a row is one of those that the options show. */
export function isVisible(definition: ModelDefinition, row: AttributeMap, options: VisibilityOptions): boolean {
  return (
    (options.includeDeleted === true || !isDeletedSoftly(definition, row)) &&
    (options.includeExpired === true || !isExpired(definition, row))
  );
}

/** The object that was found, or ObjectNotFound in place of one that the options do not show. */
export function visibleObject(found: object, options: VisibilityOptions): object {
  if (!(STATE in found)) return found;
  const state: InstanceState = (found as Stateful)[STATE]; // just seen to be one
  if (state.row === null || isVisible(state.definition, state.row, options)) return found;
  return new ObjectNotFound(state.capacity.reduce((sum, { type, units }) => sum + (type === 'read' ? units : 0), 0));
}

/** The term of a filter that leaves out what the options do not show; null where all rows of the model are shown. */
export function visibilityTerm(
  { fields, softDelete }: ModelDefinition,
  { includeDeleted, includeExpired }: VisibilityOptions,
  placeholders: Placeholders,
): string | null {
  const terms: string[] = [];
  if (includeDeleted !== true && softDelete !== null) terms.push(`attribute_not_exists(${placeholders.name(softDelete)})`);
  if (includeExpired !== true && fields.get(TTL_FIELD)?.kind === 'ttl') {
    const ttl = placeholders.name(TTL_FIELD);
    const nowSec = placeholders.attributeValue(marshall(Math.floor(Date.now() / 1000)));
    terms.push(`(attribute_not_exists(${ttl}) OR ${ttl} > ${nowSec})`);
  }
  return terms.length === 0 ? null : terms.join(' AND ');
}
