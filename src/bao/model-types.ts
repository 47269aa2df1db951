/** What free functions that take a model know of its types, whether code generation wrote them or they are inferred from its fields. */
import type { Filter } from './filter.ts';
import type { AttributesOf, CreateOf, DeclaredModel, FilterOf, KeyOf, UpdateOf } from './inferred-types.ts';
import type { ModelClass } from './model-class.ts';
import type { FilteredOf, ModelShape, SHAPE } from './typed-model.ts';
import type { Changes } from './update-operators.ts';

/** A model that a shape was written for. */
interface Shaped<Shape extends ModelShape> {
  readonly [SHAPE]?: Shape;
}

/** What creating one of its objects takes. */
export type DataOf<Model extends ModelClass> =
  Model extends Shaped<infer Shape> ? Shape['create'] : Model extends DeclaredModel ? CreateOf<Model> : object;

/** What updating one of its objects takes, operators included. */
export type ChangesOf<Model extends ModelClass> =
  Model extends Shaped<infer Shape> ? Changes<Shape['update']> : Model extends DeclaredModel ? Changes<UpdateOf<Model>> : object;

/** What identifies one of its objects. */
export type IdOf<Model extends ModelClass> =
  Model extends Shaped<infer Shape> ? Shape['key'] : Model extends DeclaredModel ? KeyOf<Model> : unknown;

/** A filter or condition over its fields. */
export type ConditionOf<Model extends ModelClass> =
  Model extends Shaped<infer Shape> ? Filter<FilteredOf<Shape>> : Model extends DeclaredModel ? FilterOf<Model> : Filter<object>;

/** The names of its fields. */
export type FieldNameOf<Model extends ModelClass> = string & keyof FieldsOf<Model>;

/** One of its objects. */
export type InstanceOf<Model extends ModelClass> = Model['prototype'] & FieldsOf<Model>;

type FieldsOf<Model extends ModelClass> =
  Model extends Shaped<infer Shape> ? Shape['attributes'] : Model extends DeclaredModel ? AttributesOf<Model> : object;
