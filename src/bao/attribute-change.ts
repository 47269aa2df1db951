/** How one attribute of a row changes, in the words of an update expression. */
import type { AttributeValue } from '../dynamo/types.ts';
import type { Placeholders } from './expression.ts';

/** The terms of an update expression, by the word that each clause begins with. */
export type UpdateClauses = Record<'SET' | 'REMOVE' | 'ADD' | 'DELETE', string[]>;

/** One change. Each kind of it is made where it is used, so that a program has only the kinds that its fields have. */
export interface AttributeChange {
  /** what the row gets by it, where that is known */
  readonly value?: AttributeValue;
  /** Adds its terms. `name` is the attribute, or a part of one, as expressions write it. */
  addTo(clauses: UpdateClauses, name: string, placeholders: Placeholders): void;
}

/** Writes a value in place of whatever there is. */
export function setTo(value: AttributeValue): AttributeChange {
  return { value, addTo: ({ SET }, name, placeholders) => SET.push(`${name} = ${placeholders.attributeValue(value)}`) };
}

/** Takes the attribute away. */
export const REMOVED: AttributeChange = { addTo: ({ REMOVE }, name) => REMOVE.push(name) };

/** The update expression of changes by attribute, or null for none. */
export function updateExpression(changes: ReadonlyMap<string, AttributeChange>, placeholders: Placeholders): string | null {
  const clauses: UpdateClauses = { SET: [], REMOVE: [], ADD: [], DELETE: [] };
  for (const [attribute, change] of changes) change.addTo(clauses, placeholders.name(attribute), placeholders);
  const written = Object.entries(clauses).filter(([, terms]) => terms.length > 0);
  return written.length === 0 ? null : written.map(([word, terms]) => `${word} ${terms.join(', ')}`).join(' ');
}
