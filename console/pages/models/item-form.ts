/** Fields of an item as texts that somebody edits, and those texts as JSON again. */
import { type Field, type Item, isNumeric, keyFields, type Model } from './model.ts';

export type Texts = Readonly<Record<string, string>>;

/** The fields that somebody may write, in the model's order. */
export function writableFields(model: Model, isNew: boolean): [name: string, field: Field][] {
  const keys = keyFields(model.primaryKey);
  return Object.entries(model.fields).filter(([name, { readOnly }]) => !readOnly && (isNew || !keys.includes(name)));
}

export function textsOf(model: Model, item: Item): Texts {
  return Object.fromEntries(Object.entries(model.fields).map(([name, field]) => [name, textOfField(field, item[name])]));
}

/** Whether a field is edited on several lines. */
export function isLong({ kind }: Field): boolean {
  return kind === 'string-set' || isJson(kind) || kind === 'binary';
}

/** What is written how, where that is not clear. */
export function hintOf({ kind, model, autoAssign = false, defaultValue }: Field): string {
  const hints: Partial<Record<Field['kind'], string>> = {
    'date-time': 'As 2026-11-20T00:00:00Z',
    ttl: 'As 2026-11-20T00:00:00Z; the item goes then',
    binary: 'base64',
    'string-set': 'One on each line',
    related: `The id of a ${model ?? 'related item'}`,
    map: 'JSON',
    list: 'JSON',
    json: 'JSON',
  };
  const unset = autoAssign ? 'Left empty, it is made' : defaultValue === undefined ? null : `Left empty: ${JSON.stringify(defaultValue)}`;
  return [hints[kind], unset].filter(Boolean).join('. ');
}

/** The body that creates the item: what is empty is left out. */
export function bodyOf(model: Model, texts: Texts): Item {
  const written = writableFields(model, true).filter(([name]) => (texts[name] ?? '') !== '');
  return Object.fromEntries(written.map(([name, field]) => [name, valueOf(name, field, texts[name] ?? '')]));
}

/** The body that changes the item from what it was: what was emptied is removed. */
export function changesOf(model: Model, before: Texts, texts: Texts): Item {
  const changed = writableFields(model, false).filter(([name]) => (texts[name] ?? '') !== (before[name] ?? ''));
  return Object.fromEntries(
    changed.map(([name, field]) => [name, (texts[name] ?? '') === '' ? null : valueOf(name, field, texts[name] ?? '')]),
  );
}

/** @throws SyntaxError that names the field */
function valueOf(name: string, field: Field, text: string): unknown {
  const { kind } = field;
  if (kind === 'boolean') return text === 'true';
  if (kind === 'string-set') return text.split('\n').filter((line) => line !== '');
  if (isJson(kind)) return parsed(name, text);
  // Digits beyond what a number holds go as they are; what is no number is the service's to refuse.
  if (isNumeric(field) && Number.isFinite(Number(text)) && !(Number.isInteger(Number(text)) && !Number.isSafeInteger(Number(text))))
    return Number(text);
  return text;
}

function textOfField({ kind }: Field, value: unknown): string {
  if (value === undefined || value === null) return '';
  if (kind === 'string-set' && Array.isArray(value)) return value.join('\n');
  if (isJson(kind)) return JSON.stringify(value, null, 2);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isJson(kind: Field['kind']): boolean {
  return kind === 'map' || kind === 'list' || kind === 'json';
}

function parsed(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`${name} is no JSON: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
