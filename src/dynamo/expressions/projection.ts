/** ProjectionExpression: which attributes, and which parts of them, an answer holds. */
import type { AttributeMap, AttributeValue } from '../types.ts';
import type { DocumentPath } from './document-path.ts';
import { NotUnderstood } from './not-understood.ts';
import type { Substitutions } from './substitutions.ts';
import { TokenReader } from './token-reader.ts';

/** What is wanted of an attribute or a part: all of it, some members of a map, or some elements of a list. */
export type Projection = 'all' | ProjectedMembers | ProjectedElements;
export interface ProjectedMembers {
  kind: 'members';
  of: Map<string, Projection>;
}
interface ProjectedElements {
  kind: 'elements';
  of: Map<number, Projection>;
}

/** The attributes that a text names. @throws NotUnderstood also for paths that overlap */
export function parseProjection(text: unknown, substitutions: Substitutions): ProjectedMembers {
  const reader = new TokenReader(text, substitutions);
  const wanted: ProjectedMembers = { kind: 'members', of: new Map() };
  do add(wanted, reader.path());
  while (reader.skip(','));
  reader.expectEnd();
  return wanted;
}

/** What `wanted` leaves of an item: maps and lists shrink to what is wanted of them, and are left out when nothing is left. */
export function project(item: AttributeMap, wanted: ProjectedMembers): AttributeMap {
  return membersOf(item, wanted.of);
}

function add(wanted: ProjectedMembers, [name, ...rest]: DocumentPath): void {
  put(wanted.of, name, rest);
}

function put<Step>(parts: Map<Step, Projection>, step: unknown, rest: DocumentPath): void {
  const key = step as Step; // a name in a map, a position in a list, as its caller has looked
  const existing = parts.get(key);
  const [next] = rest;
  if (existing === 'all' || (existing !== undefined && next === undefined)) throw new NotUnderstood();
  if (next === undefined) {
    parts.set(key, 'all');
    return;
  }
  const kind = typeof next === 'number' ? 'elements' : 'members';
  const part = existing ?? (kind === 'members' ? { kind, of: new Map<string, Projection>() } : { kind, of: new Map<number, Projection>() });
  if (part.kind !== kind) throw new NotUnderstood();
  parts.set(key, part);
  put<unknown>(part.of, next, rest.slice(1));
}

function membersOf(map: AttributeMap, wanted: ReadonlyMap<string, Projection>): AttributeMap {
  const members = Array.from(wanted, ([name, part]): [string, AttributeValue | undefined] => {
    return [name, partOf(Object.hasOwn(map, name) ? map[name] : undefined, part)];
  });
  // fromEntries, not assignment: an attribute may be called "__proto__"
  return Object.fromEntries(members.filter((member): member is [string, AttributeValue] => member[1] !== undefined));
}

function partOf(value: AttributeValue | undefined, wanted: Projection): AttributeValue | undefined {
  if (value === undefined || wanted === 'all') return value;
  if (wanted.kind === 'members') {
    const members = 'M' in value ? membersOf(value.M, wanted.of) : {};
    return Object.keys(members).length === 0 ? undefined : { M: members };
  }
  const elements = 'L' in value ? elementsOf(value.L, wanted.of) : [];
  return elements.length === 0 ? undefined : { L: elements };
}

/** In the order of the list, without gaps. */
function elementsOf(list: readonly AttributeValue[], wanted: ReadonlyMap<number, Projection>): AttributeValue[] {
  const positions = [...wanted.keys()].toSorted((left, right) => left - right);
  return positions.flatMap((position) => partOf(list[position], wanted.get(position) ?? 'all') ?? []);
}
