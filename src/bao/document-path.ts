/** Paths to the parts of nested fields, as filters and updates name them: `address.city`, `lines[0].price`. */
import { attributeAt, type DocumentPath } from '../dynamo/expressions/document-path.ts';
import type { AttributeMap } from '../dynamo/types.ts';
import type { Placeholders } from './expression.ts';
import type { BaoField } from './fields/field.ts';

/** A field, or a part of one. */
export interface FieldPart {
  path: DocumentPath;
  field: BaoField;
  /** the fields on the way to it, outermost first */
  within: readonly BaoField[];
}

const PATH = /^[^.[\]]+(?:\.[^.[\]]+|\[\d{1,6}\])+$/;
/** DynamoDB takes 32 levels. */
const MAX_STEPS = 32;

/** The field of a name, or the part of a field that a path names; null when the model has neither. */
export function fieldAt(fields: ReadonlyMap<string, BaoField>, name: string): FieldPart | null {
  const own = fields.get(name);
  if (own) return { path: [name], field: own, within: [] };
  const path = parsePath(name);
  if (path === null) return null;
  const within: BaoField[] = [];
  let field = fields.get(String(path[0])) ?? null;
  for (const step of path.slice(1)) {
    if (field) within.push(field);
    field = field?.partAt(step) ?? null;
  }
  return field && { path, field, within };
}

/** The path as DynamoDB's expressions write it. */
export function pathExpression(path: DocumentPath, placeholders: Placeholders): string {
  return path.map((step, at) => (typeof step === 'number' ? `[${step}]` : `${at === 0 ? '' : '.'}${placeholders.name(step)}`)).join('');
}

/**
 * Whether a row has a place for a part: a map for a member, there or not; an element only where there is one, as DynamoDB would append
 * any other at the end.
 */
export function hasPlace(row: AttributeMap | null, path: DocumentPath): boolean {
  if (row === null) return false;
  if (typeof path.at(-1) === 'number') return attributeAt(row, path) !== undefined;
  const owner = attributeAt(row, path.slice(0, -1));
  return owner !== undefined && 'M' in owner;
}

/** The steps of a path of at least two; null for text that is none. */
function parsePath(text: string): DocumentPath | null {
  if (!PATH.test(text)) return null;
  const steps = text.split(/[.[\]]+/).filter((step) => step !== '');
  const isPosition = text.match(/[.[]/g)?.map((separator) => separator === '[') ?? [];
  return steps.length > MAX_STEPS ? null : steps.map((step, at) => (isPosition[at - 1] ? Number(step) : step));
}
