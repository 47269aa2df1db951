/** The parts of nested fields, and the types of the paths to them. */
import type { FieldDefinition } from './definitions.ts';

/** The fields, each followed by the fields of its parts. */
export function withParts(fields: Iterable<FieldDefinition>): FieldDefinition[] {
  return [...fields].flatMap((field) => [
    field,
    ...withParts(field.members?.values() ?? []),
    ...(field.element === null ? [] : withParts([field.element])),
  ]);
}

/** A part of a nested field. */
export interface NestedPart {
  /** as a filter or update names it; with `${number}` and `${string}` where any position or name may stand */
  path: string;
  /** null: anything of JSON */
  field: FieldDefinition | null;
}

/** The parts of fields that have any, outer ones first. */
export function partsOf(fields: Iterable<FieldDefinition>): NestedPart[] {
  return [...fields].flatMap((field) => partsOfField(field.name, field));
}

/** Whether the path stands for many, so that it is a pattern of names rather than a name. */
export function isPattern({ path }: NestedPart): boolean {
  return path.includes('${');
}

function partsOfField(path: string, { kind, members, element }: FieldDefinition): NestedPart[] {
  if (kind === 'json') return [`${path}.\${string}`, `${path}[\${string}`].map((any) => ({ path: any, field: null }));
  const parts: [string, FieldDefinition][] = [
    ...[...(members ?? [])].map(([name, member]): [string, FieldDefinition] => [`${path}.${name}`, member]),
    ...(element ? [[`${path}[\${number}]`, element] as [string, FieldDefinition]] : []),
  ];
  return parts.flatMap(([at, field]) => [{ path: at, field }, ...partsOfField(at, field)]);
}
