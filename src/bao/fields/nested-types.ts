/** The types of maps and lists, and of the paths to their parts, from the fields of the parts. */
import type { BaoField, ReadTypeOf, WriteTypeOf } from './field.ts';

/** The fields of a map's members by name. */
export type MemberFields = Readonly<Record<string, BaoField>>;

/** A map as it is read: optional members that are not set are null. */
export type MapRead<Members extends MemberFields> = {
  -readonly [Name in keyof Members]: ReadTypeOf<Members[Name]> | (IsAlwaysRead<Members[Name]> extends true ? never : null);
};

/** What a map takes. */
export type MapWrite<Members extends MemberFields> = {
  [Name in keyof Members as IsToBeGiven<Members[Name]> extends true ? Name : never]: WriteTypeOf<Members[Name]>;
} & {
  [Name in keyof Members as IsToBeGiven<Members[Name]> extends true ? never : Name]?: WriteTypeOf<Members[Name]> | null | undefined;
};

/** `empty` for a map that reads as its members' defaults while it is unset. */
export type MapPresence<Members extends MemberFields> = true extends { [Name in keyof Members]: IsToBeGiven<Members[Name]> }[keyof Members]
  ? 'optional'
  : true extends { [Name in keyof Members]: HasDefault<Members[Name]> }[keyof Members]
    ? 'empty'
    : 'optional';

/** The parts of nested fields by path, as filters compare them. */
export type PartReads<Fields> = { [Part in PartsIn<Fields> as Part['path']]: Part['read'] | null };

/** The parts of nested fields by path, as updates change them; null takes an optional one away. */
export type PartWrites<Fields> = { [Part in PartsIn<Fields> as Part['path']]?: Part['write'] | undefined };

/** Every part of the fields that have any, each with its path. */
type PartsIn<Fields> = { [Name in string & keyof Fields]: PartsOfField<Fields[Name], Name> }[string & keyof Fields];

type PartsOfField<Field, Path extends string> = Field extends { readonly valueTypes: { parts: infer Parts } }
  ? Parts extends { members: infer Members extends MemberFields }
    ? { [Name in string & keyof Members]: PartAt<Members[Name], `${Path}.${Name}`, null> }[string & keyof Members]
    : Parts extends { element: infer Element extends BaoField }
      ? PartAt<Element, `${Path}[${number}]`, never>
      : { path: `${Path}.${string}` | `${Path}[${string}`; read: unknown; write: unknown }
  : never;

/** `Cleared` is null for a member; an element is taken out of its list instead. */
type PartAt<Field extends BaoField, Path extends string, Cleared> =
  | {
      path: Path;
      read: ReadTypeOf<Field>;
      write: WriteTypeOf<Field> | (IsRequired<Field> extends true ? never : Cleared);
    }
  | PartsOfField<Field, Path>;

type HasDefault<Field extends BaoField> = Field['options'] extends { readonly defaultValue: unknown } ? true : false;
type IsRequired<Field extends BaoField> = Field['options'] extends { readonly required: true } ? true : false;
type IsToBeGiven<Field extends BaoField> = HasDefault<Field> extends true ? false : IsRequired<Field>;

type IsAlwaysRead<Field extends BaoField> =
  IsRequired<Field> extends true
    ? true
    : Field['valueTypes']['presence'] extends 'empty'
      ? true
      : 'default' extends Field['valueTypes']['presence']
        ? HasDefault<Field>
        : false;
