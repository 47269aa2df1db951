/** Which rows count as objects: those that have expired and those that were deleted softly are there, and are not found. */
import type { AttributeMap, AttributeValue } from '../dynamo/types.ts';
import { PARTITION_KEY_FIELD } from './constants.ts';
import type { Placeholders } from './expression.ts';
import { STATE } from './instance-state.ts';
import type { InstanceState, Stateful } from './instance-state.ts';
import type { HidingRule, ModelDefinition } from './model-definition.ts';
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
export function isExpired({ hiding }: ModelDefinition, row: AttributeMap): boolean {
  return hiding.some((rule) => rule.unless === 'includeExpired' && rule.hides(row));
}

/** Whether there may be rows of the model that the options do not show. */
export function hidesRows({ hiding }: ModelDefinition, { only }: OnlyOption): boolean {
  return hiding.length > 0 || (only !== null && only !== undefined);
}

/** Whether a row is one of those that the options show. */
export function isVisible(definition: ModelDefinition, row: AttributeMap, options: VisibilityOptions): boolean {
  return isAmong(definition, row, options) && !rulesOf(definition, options).some((rule) => rule.hides(row));
}

/** The fields that decide whether an object is shown to who asks with these options. */
export function decidingFields(definition: ModelDefinition, options: VisibilityOptions): string[] {
  return [...Object.keys(options.only ?? {}), ...rulesOf(definition, options).map(({ field }) => field)];
}

function rulesOf({ hiding }: ModelDefinition, options: VisibilityOptions): HidingRule[] {
  return hiding.filter(({ unless }) => options[unless] !== true);
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

/** The terms of a condition that leave out what the options do not show. */
export function visibilityTerms(definition: ModelDefinition, options: VisibilityOptions, placeholders: Placeholders): string[] {
  return [...onlyTerms(definition, options, placeholders), ...rulesOf(definition, options).map((rule) => rule.term(placeholders))];
}

/** The terms of a condition that there is a row, and that the options show it. */
export function presenceTerms(definition: ModelDefinition, options: VisibilityOptions, placeholders: Placeholders): [string, ...string[]] {
  return [`attribute_exists(${placeholders.name(PARTITION_KEY_FIELD)})`, ...visibilityTerms(definition, options, placeholders)];
}
