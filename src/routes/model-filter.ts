/** A filter in JSON, made into the model layer's filter: the same operators, with values in each field's JSON form turned into native ones. */
import type { ModelView } from '../access/index.ts';
import { ServiceError } from '../lib/errors.ts';
import type { JsonForm } from '../wire/json-forms.ts';

const DEPTH_MAX = 16;
/** Operators whose operand is a value of the field. */
const VALUE_OPERATORS = new Set(['$eq', '$ne', '$gt', '$gte', '$lt', '$lte']);
/** Operators whose operand is a list of such values. */
const LIST_OPERATORS = new Set(['$in', '$between']);

/**
 * Converts the values of a filter; names and operators are checked by the model layer.
 *
 * @throws ServiceError `invalid_filter` for a value that is not one of its field's JSON form, or more than 16 levels
 */
export function nativeFilter(filter: Record<string, unknown>, view: ModelView, depth = 1): Record<string, unknown> {
  if (depth > DEPTH_MAX) throw new ServiceError('invalid_filter', `Expected a filter of at most ${DEPTH_MAX} levels, got more.`);
  return Object.fromEntries(
    Object.entries(filter).map(([name, operand]) => {
      if (name === '$and' || name === '$or')
        return [name, Array.isArray(operand) ? operand.map((part) => nested(part, view, depth)) : operand];
      if (name === '$not') return [name, nested(operand, view, depth)];
      return [name, nativeOperand(name, operand, view)];
    }),
  );
}

function nested(part: unknown, view: ModelView, depth: number): unknown {
  if (!isObject(part))
    throw new ServiceError('invalid_filter', `Expected an object inside a filter, got ${JSON.stringify(part)?.slice(0, 80)}.`);
  return nativeFilter(part, view, depth + 1);
}

/** A value of the field, which may be an object where the field's own form is one, or operators. */
function nativeOperand(name: string, operand: unknown, view: ModelView): unknown {
  const form = view.jsonForm(name);
  if (!isObject(operand)) return nativeValue(name, operand, form);
  const names = Object.keys(operand);
  if (names.length > 0 && !names.some((one) => one.startsWith('$'))) {
    const parsed = form?.fromJson(operand);
    return parsed && 'value' in parsed ? parsed.value : operand;
  }
  return Object.fromEntries(
    Object.entries(operand).map(([operator, value]) => {
      if (VALUE_OPERATORS.has(operator)) return [operator, nativeValue(name, value, form)];
      if (LIST_OPERATORS.has(operator) && Array.isArray(value))
        return [operator, value.map((element: unknown) => nativeValue(name, element, form))];
      // What a list contains is in the form of its elements; a text or a set contains texts.
      return [operator, operator === '$contains' ? nativeValue(name, value, view.jsonForm(`${name}[0]`)) : value];
    }),
  );
}

function nativeValue(name: string, value: unknown, form: JsonForm | null): unknown {
  if (form === null || value === null) return value;
  const parsed = form.fromJson(value);
  if ('value' in parsed) return parsed.value;
  throw new ServiceError('invalid_filter', `Filter on ${name.slice(0, 80)}: ${parsed.reason}.`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
