/** A filter in JSON, made into the model layer's filter: the same operators, with values in each field's JSON form turned into native ones. */
import type { ModelDescription } from '../bao/index.ts';
import { ServiceError } from '../lib/errors.ts';
import { jsonFormOf } from '../wire/json-forms.ts';

const DEPTH_MAX = 16;
/** Operators whose operands are values of the field; the others take text, numbers or booleans as they are. */
const VALUE_OPERATORS = new Set(['$eq', '$ne', '$gt', '$gte', '$lt', '$lte', '$in', '$between']);

/**
 * Converts the values of a filter; names and operators are checked by the model layer.
 *
 * @throws ServiceError `invalid_filter` for a value that is not one of its field's JSON form, or more than 16 levels
 */
export function nativeFilter(filter: Record<string, unknown>, model: ModelDescription, depth = 1): Record<string, unknown> {
  if (depth > DEPTH_MAX) throw new ServiceError('invalid_filter', `Expected a filter of at most ${DEPTH_MAX} levels, got more.`);
  const native: Record<string, unknown> = {};
  for (const [name, operand] of Object.entries(filter)) {
    if (name === '$and' || name === '$or')
      native[name] = Array.isArray(operand) ? operand.map((part) => nested(part, model, depth)) : operand;
    else if (name === '$not') native[name] = nested(operand, model, depth);
    else native[name] = isObject(operand) ? operators(name, operand, model) : nativeValue(name, operand, model);
  }
  return native;
}

function nested(part: unknown, model: ModelDescription, depth: number): unknown {
  if (!isObject(part))
    throw new ServiceError('invalid_filter', `Expected an object inside a filter, got ${JSON.stringify(part)?.slice(0, 80)}.`);
  return nativeFilter(part, model, depth + 1);
}

function operators(field: string, operand: Record<string, unknown>, model: ModelDescription): Record<string, unknown> {
  const native: Record<string, unknown> = {};
  for (const [operator, value] of Object.entries(operand)) {
    if (!VALUE_OPERATORS.has(operator)) native[operator] = value;
    else
      native[operator] = Array.isArray(value)
        ? value.map((element) => nativeValue(field, element, model))
        : nativeValue(field, value, model);
  }
  return native;
}

function nativeValue(field: string, value: unknown, model: ModelDescription): unknown {
  const kind = model.fields[field]?.kind;
  if (kind === undefined || value === null) return value;
  const parsed = jsonFormOf(kind).fromJson(value);
  if ('value' in parsed) return parsed.value;
  throw new ServiceError('invalid_filter', `Filter on ${field}: ${parsed.reason}.`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
