/** What expressions say, once their names and values are put in. */
import type { AttributeValue } from '../types.ts';
import type { DocumentPath } from './document-path.ts';

/** What a condition compares: an attribute or a part of one, a value of the request, or how large an attribute is. */
export type Operand =
  | { kind: 'path'; path: DocumentPath }
  | { kind: 'value'; value: AttributeValue }
  | { kind: 'size'; path: DocumentPath };

export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';

/** A KeyConditionExpression, FilterExpression or ConditionExpression. */
export type Condition =
  | { kind: 'and'; terms: readonly Condition[] }
  | { kind: 'or'; terms: readonly Condition[] }
  | { kind: 'not'; term: Condition }
  | { kind: 'compare'; comparator: Comparator; left: Operand; right: Operand }
  | { kind: 'between'; operand: Operand; low: Operand; high: Operand }
  | { kind: 'in'; operand: Operand; list: readonly Operand[] }
  | { kind: 'exists'; path: DocumentPath; isThere: boolean }
  | { kind: 'type'; path: DocumentPath; type: string }
  | { kind: 'begins_with'; operand: Operand; prefix: Operand }
  | { kind: 'contains'; operand: Operand; part: Operand };
