/**
 * What the methods of generated models call. Their types stand in the generated code: here they are left open, so that
 * the compiler compares names and not whole models, and twenty models cost it little more than one.
 */
import type { BaoField, ReadTypeOf, WriteTypeOf } from './fields/field.ts';
import type { ModelClass } from './model-class.ts';
import type { BaoModel } from './model.ts';
import { classOf, managerOf } from './model-registry.ts';
import { calledBy } from './entry-functions.ts';
import type { FindOptions } from './find.ts';
import type { QueryOptions, QueryResult } from './query.ts';
import { relatedViaMap } from './related-via-map.ts';
import type { ViaMapOptions } from './related-via-map.ts';

type FieldMaker = (...parameters: never[]) => BaoField;

/** What the fields are read as that a factory of the application makes: `ValueOf<typeof MoneyField>`. */
export type ValueOf<Factory extends FieldMaker> = ReadTypeOf<ReturnType<Factory>>;

/** What such fields take. */
export type InputOf<Factory extends FieldMaker> = WriteTypeOf<ReturnType<Factory>>;

/** What a method of a generated model answers: no value is of type never, so that it fits the type that the method declares. */
type Declared = Promise<never>;
type DeclaredPage = Promise<QueryResult<never>>;

/** A page of a model's objects by one of its indexes. @throws as `queryByIndex` */
export function listByIndex(
  model: object,
  indexName: string,
  partition: unknown,
  sortCondition: object | null,
  options: QueryOptions,
): DeclaredPage {
  calledBy(listByIndex);
  return (model as ModelClass).queryByIndex(indexName, partition, sortCondition, options) as DeclaredPage; // called by a model on itself
}

/** The object of a model that holds a unique value. @throws as `findByUniqueConstraint` */
export function findByUnique(model: object, constraintName: string, value: unknown, options?: FindOptions): Declared {
  calledBy(findByUnique);
  return (model as ModelClass).findByUniqueConstraint(constraintName, value, options) as Declared; // called by a model on itself
}

/** The object that a RelatedField of `owner` names; null when it is unset. */
export function loadOne(owner: BaoModel, fieldName: string, options?: FindOptions): Declared {
  calledBy(loadOne);
  return owner.getOrLoadRelatedField(fieldName, null, options) as Declared;
}

/**
 * A page of the objects of another model that belong to `owner`.
 *
 * @param modelName a model of the same manager
 * @throws ConfigurationError when the manager does not know that model, and as `queryByIndex`
 */
export function listMany(
  owner: BaoModel,
  modelName: string,
  indexName: string,
  sortCondition: object | null,
  options: QueryOptions,
): DeclaredPage {
  calledBy(listMany);
  return relatedModelOf(owner, modelName).queryByIndex(indexName, owner.getPrimaryId(), sortCondition, options) as DeclaredPage;
}

/** A page of the objects that the mapping model `modelName` joins with `owner`: those that its field `targetField` names. @throws as `listMany` */
export function listJoined(
  owner: BaoModel,
  modelName: string,
  indexName: string,
  targetField: string,
  sortCondition: object | null,
  options: ViaMapOptions,
): DeclaredPage {
  calledBy(listJoined);
  const mapping = relatedModelOf(owner, modelName);
  return relatedViaMap(mapping, indexName, owner.getPrimaryId(), targetField, sortCondition, options) as DeclaredPage;
}

function relatedModelOf(owner: BaoModel, modelName: string): ModelClass {
  return managerOf(classOf(owner)).getModel(modelName);
}
