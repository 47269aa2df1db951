/** KeyConditionExpression: the one partition that a query reads, and which of its rows by their sort key. */
import type { KeyAttributes } from '../table-profile.ts';
import { NotUnderstood } from './not-understood.ts';
import type { Comparator, Condition, Operand } from './syntax.ts';

export interface KeyCondition {
  /** the partition key, a text: every key of the layout is one */
  partition: string;
  /** over the sort key alone; null: all rows */
  sort: Condition | null;
}

/** DynamoDB's limits of key values, in UTF-8 bytes. */
const MAX_PARTITION_KEY_BYTES = 2048;
const MAX_SORT_KEY_BYTES = 1024;

/** Reads a condition as one over the keys of a table or index. @throws NotUnderstood for any other condition */
export function keyConditionOf(condition: Condition, { partitionKey, sortKey }: KeyAttributes): KeyCondition {
  const terms = condition.kind === 'and' ? condition.terms : [condition];
  const partitions = terms.flatMap((term) => equalTo(partitionKey, term) ?? []);
  const sorts = terms.filter((term) => equalTo(partitionKey, term) === undefined);
  const [partition, ...otherPartitions] = partitions;
  const [sort, ...otherSorts] = sorts;
  if (partition === undefined || otherPartitions.length > 0 || otherSorts.length > 0) throw new NotUnderstood();
  if (!isKeyText(partition, MAX_PARTITION_KEY_BYTES) || (sort !== undefined && !isSortCondition(sort, sortKey))) throw new NotUnderstood();
  return { partition, sort: sort ?? null };
}

/** The text that a term demands of an attribute; undefined when it demands something else. */
function equalTo(attribute: string, term: Condition): string | undefined {
  if (term.kind !== 'compare' || term.comparator !== '=') return undefined;
  const [path, value] = term.left.kind === 'path' ? [term.left, term.right] : [term.right, term.left];
  return isAttribute(path, attribute) && value.kind === 'value' && 'S' in value.value ? value.value.S : undefined;
}

const SORT_COMPARATORS: ReadonlySet<Comparator> = new Set<Comparator>(['=', '<', '<=', '>', '>=']);

function isSortCondition(term: Condition, attribute: string): boolean {
  switch (term.kind) {
    case 'compare': {
      const isEitherWay =
        (isAttribute(term.left, attribute) && isSortText(term.right)) || (isSortText(term.left) && isAttribute(term.right, attribute));
      return isEitherWay && SORT_COMPARATORS.has(term.comparator);
    }
    case 'between':
      return isAttribute(term.operand, attribute) && isSortText(term.low) && isSortText(term.high);
    case 'begins_with':
      return isAttribute(term.operand, attribute) && isSortText(term.prefix);
    default:
      return false;
  }
}

function isAttribute(operand: Operand, name: string): boolean {
  return operand.kind === 'path' && operand.path.length === 1 && operand.path[0] === name;
}

function isSortText(operand: Operand): boolean {
  return operand.kind === 'value' && 'S' in operand.value && isKeyText(operand.value.S, MAX_SORT_KEY_BYTES);
}

const encoder = new TextEncoder();

function isKeyText(text: string, maxBytes: number): boolean {
  return text !== '' && (text.length * 3 <= maxBytes || encoder.encode(text).byteLength <= maxBytes);
}
