/** The types of a hand-written model, inferred from its `fields`, `primaryKey`, `indexes` and `uniqueConstraints`. */
import type { BaoField, ReadTypeOf, WriteTypeOf } from './fields/field.ts';
import type { FieldMap } from './fields/index.ts';
import type { PartReads, PartWrites } from './fields/nested-types.ts';
import type { Filter } from './filter.ts';
import type { IndexConfig, PrimaryKeyConfig } from './key-configs.ts';
import type { UniqueConstraintConfig } from './unique-constraints.ts';
import type { BaoModel } from './model.ts';

/** What types are inferred from: the statics that a model declares. */
export interface DeclaredModel {
  new (...parameters: never[]): BaoModel;
  readonly prototype: BaoModel;
  readonly fields: FieldMap;
  readonly primaryKey: PrimaryKeyConfig;
  readonly indexes: Record<string, IndexConfig | PrimaryKeyConfig>;
  readonly uniqueConstraints: Record<string, UniqueConstraintConfig>;
}

/** A model whose fields the type system knows by name; false for `BaoModel` itself, and for a class known only as some model. */
type IsKnown<Model extends Declared> = string extends keyof Model['fields'] ? false : true;
type Declared = Pick<DeclaredModel, 'fields' | 'primaryKey'>;

/**
 * Every field of a model as it is read; null stands for an optional field that is not set.
 *
 * An interface with the class's own name gives its methods the same view of `this`: `interface User extends AttributesOf<typeof User> {}`.
 */
export type AttributesOf<Model extends Declared> =
  IsKnown<Model> extends false
    ? object
    : {
        -readonly [Name in keyof Model['fields']]: Name extends KeyFieldOf<Model>
          ? ReadTypeOf<Model['fields'][Name]>
          : ReadTypeOf<Model['fields'][Name]> | UnsetOf<Model['fields'][Name]>;
      };

/** What `create` and `replace` take. */
export type CreateOf<Model extends Declared> =
  IsKnown<Model> extends false
    ? object
    : {
        [Name in keyof Model['fields'] as GivenAs<Model, Name> extends 'required' ? Name : never]: WriteTypeOf<Model['fields'][Name]>;
      } & {
        [Name in keyof Model['fields'] as GivenAs<Model, Name> extends 'optional' ? Name : never]?:
          | WriteTypeOf<Model['fields'][Name]>
          | null
          | undefined;
      };

/** What `update` takes: any part of what may change, and null for what may be cleared. */
export type UpdateOf<Model extends Declared> =
  IsKnown<Model> extends false
    ? object
    : {
        [Name in keyof Model['fields'] as IsUpdatable<Model, Name> extends true ? Name : never]?:
          | WriteTypeOf<Model['fields'][Name]>
          | IncrementOf<Model['fields'][Name]>
          | (IsRequired<Model['fields'][Name]> extends true ? undefined : null | undefined);
      } & PartWrites<Model['fields']>;

/** What identifies one object: the primary id, or an object of the key's fields. */
export type KeyOf<Model extends Declared> =
  IsKnown<Model> extends false ? unknown : string | { [Name in KeyFieldOf<Model>]: WriteTypeOf<Model['fields'][Name]> };

/** The names of its indexes; the primary key is `primary`, and may have further names. */
export type IndexNameOf<Model extends DeclaredModel> =
  IsKnown<Model> extends false ? string : string extends keyof Model['indexes'] ? 'primary' : (string & keyof Model['indexes']) | 'primary';

/** An index as conditions on its sort key see it. */
export type IndexShapeOf<Model extends DeclaredModel, Name extends string> = string extends keyof Model['indexes']
  ? ShapeOfKey<Model, Model['primaryKey']>
  : Name extends keyof Model['indexes']
    ? ShapeOfKey<Model, Model['indexes'][Name]>
    : ShapeOfKey<Model, Model['primaryKey']>;

/** The names of its unique constraints. */
export type UniqueNameOf<Model extends DeclaredModel> =
  IsKnown<Model> extends false
    ? string
    : string extends keyof Model['uniqueConstraints']
      ? never
      : string & keyof Model['uniqueConstraints'];

/** A filter or condition over its fields. */
export type FilterOf<Model extends Declared> =
  IsKnown<Model> extends false ? unknown : Filter<AttributesOf<Model> & PartReads<Model['fields']>>;

/** What a unique value may be given as. */
export type UniqueValueOf<Model extends DeclaredModel, Name extends string> = Name extends keyof Model['uniqueConstraints']
  ? PartType<Model, Model['uniqueConstraints'][Name]['field']>
  : unknown;

interface ShapeOfKey<Model extends DeclaredModel, Key extends { readonly pk: string; readonly sk: string }> {
  partition: PartType<Model, Key['pk']>;
  sort: Key['sk'] extends 'modelPrefix' ? null : Key['sk'];
  sortValue: PartType<Model, Key['sk']>;
}

/** A part of a key is a field's value; where it is `modelPrefix` there is nothing to say, and text is accepted. */
type PartType<Model extends Declared, Name extends string> =
  IsKnown<Model> extends false
    ? unknown
    : Name extends keyof Model['fields']
      ? WriteTypeOf<Model['fields'][Name]>
      : string | null | undefined;

type Types<Field extends BaoField> = Field['valueTypes'];
type KeyFieldOf<Model extends Declared> = Extract<Model['primaryKey']['pk' | 'sk'], keyof Model['fields']>;

/** True for fields that every stored object has. */
type IsRequired<Field extends BaoField> = Types<Field>['presence'] extends 'required' | 'created' | 'written'
  ? true
  : Field['options'] extends { readonly required: true }
    ? true
    : false;

/** null, unless the field always reads as a value. */
type UnsetOf<Field extends BaoField> = Types<Field>['presence'] extends 'automatic' | 'empty'
  ? never
  : IsRequired<Field> extends true
    ? never
    : 'default' extends Types<Field>['presence']
      ? Field['options'] extends { readonly defaultValue: unknown }
        ? UnreadOf<Field>
        : null
      : null;

/** null, if the field says that its `fromDy` may give it. */
type UnreadOf<Field extends BaoField> = unknown extends ReturnType<Field['fromDy']> ? never : Extract<ReturnType<Field['fromDy']>, null>;

/** DynamoDB itself adds "+1" to a counter. */
type IncrementOf<Field extends BaoField> = Types<Field>['presence'] extends 'automatic' ? `+${number}` | `-${number}` : never;

type GivenAs<Model extends Declared, Name extends keyof Model['fields']> = Types<Model['fields'][Name]>['presence'] extends 'written'
  ? 'never'
  : Types<Model['fields'][Name]>['presence'] extends 'created' | 'automatic'
    ? 'optional'
    : Model['fields'][Name]['options'] extends { readonly autoAssign: true } | { readonly defaultValue: unknown }
      ? 'optional'
      : Name extends KeyFieldOf<Model>
        ? 'required'
        : IsRequired<Model['fields'][Name]> extends true
          ? 'required'
          : 'optional';

type IsUpdatable<Model extends Declared, Name extends keyof Model['fields']> =
  Name extends KeyFieldOf<Model> ? false : Types<Model['fields'][Name]>['presence'] extends 'created' | 'written' ? false : true;
