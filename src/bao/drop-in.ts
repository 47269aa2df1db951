/**
 * What programs written for dynamo-bao may still use of its insides: the statics that its generated code and its users' tests call, and
 * the raw data of objects. Importing this file puts them on `BaoModel` and `ModelManager`; nothing here uses them.
 */
import { marshallItem, unmarshall, unmarshallItem } from '../dynamo/codec.ts';
import { addMembers } from './add-members.ts';
import { currentBatchContext } from './batch-context.ts';
import { compileIndexFilter } from './bucket-pages.ts';
import { MODEL_PREFIX, SYSTEM_FIELDS, UNIQUE_CONSTRAINT_KEY } from './constants.ts';
import { DocumentClient } from './document-client.ts';
import { ConfigurationError, ValidationError } from './errors.ts';
import type { BaoField } from './fields/field.ts';
import { StringFieldClass } from './fields/text-fields.ts';
import { STATE } from './instance-state.ts';
import type { InstanceState, Stateful } from './instance-state.ts';
import { iterationKeys, parsePrimaryId, tenantPrefix } from './layout.ts';
import type { KeyAttributes } from './layout.ts';
import { ModelManager } from './manager.ts';
import { BaoModel } from './model.ts';
import type { ModelClass } from './model-class.ts';
import { definitionOf, managerOf } from './model-registry.ts';
import { nameOfModel } from './naming.ts';
import { instanceOf } from './objects-of-rows.ts';
import type { RelatedObject } from './related.ts';
import { openSession } from './store-session.ts';
import { attributeOf } from './stored-values.ts';

declare module './manager.ts' {
  interface ModelManager<Models extends object> {
    /** DynamoDB with plain values, beside the models: `documentClient.send(command)` */
    readonly documentClient: DocumentClient;
  }
}

/** Plain values by attribute name. */
type Values = Record<string, unknown>;

/** The statics that dynamo-bao has besides those of `BaoModel`. A value is one as it is stored, before it becomes part of a key. */
export interface DropInStatics {
  readonly table: string;
  readonly documentClient: DocumentClient;
  /** the parts of the configuration that say how models behave */
  readonly _config: {
    tenancy: { enabled: boolean };
    batchContext: { requireBatchContext: boolean };
    db: { tableName: string; iterationIndexName: string };
  };
  readonly _tenantId: string | null;
  readonly _testId: string | null;
  /** Checks that the model is configured for the tenant. @throws ConfigurationError when it is not: use `TenantContext.runWithTenant` */
  setTestId(tenant: string | null): void;
  _getField(name: string): BaoField;
  _getPkValue(data: Values): unknown;
  _getSkValue(data: Values): unknown;
  _formatPrimaryKey(modelPrefix: string, value: unknown): string;
  _formatGsiKey(modelPrefix: string, indexId: string, value: unknown): string;
  _formatUniqueConstraintKey(constraintId: string, modelPrefix: string, field: string, value: unknown): string;
  _getIterationKeys(primaryId: string): KeyAttributes;
  /** What the batch context has loaded; null outside of one. @throws BaoError outside of one where it is required */
  _getBatchRequests(): object | null;
  /** @throws QueryError for a filter over the iteration that names attributes which its index does not have */
  _assertFilterFitsIterIndex(filter: object | null): void;
  /** An object of a row of plain values. */
  _createFromDyItem(item: Values): BaoModel;
}

/** What objects have besides the members of `BaoModel`. All of it is a copy. */
export interface DropInMembers {
  readonly _dyData: Values;
  readonly _loadedDyData: Values;
  readonly _changes: Set<string>;
  readonly _relatedObjects: Record<string, RelatedObject>;
  _getChanges(): Values;
  _getAllData(): Values;
  _getPkValue(): unknown;
  _getSkValue(): unknown;
}

const statics: DropInStatics & ThisType<ModelClass & DropInStatics> = {
  get table() {
    return managerOf(this).tableName;
  },
  get documentClient() {
    return managerOf(this).documentClient;
  },
  get _config() {
    const manager = managerOf(this);
    return {
      tenancy: { enabled: manager.isTenancyEnabled() },
      batchContext: { requireBatchContext: manager.requiresBatchContext },
      db: { tableName: manager.tableName, iterationIndexName: manager.getIterationIndexName() },
    };
  },
  get _tenantId() {
    return managerOf(this).getTenantId();
  },
  get _testId() {
    return managerOf(this).getTenantId();
  },
  setTestId(tenant) {
    if (managerOf(this).getTenantId() !== tenant)
      throw new ConfigurationError('is configured for another tenant; use TenantContext.runWithTenant', nameOfModel(this));
  },
  _getField(name) {
    if (name === MODEL_PREFIX || SYSTEM_FIELDS.includes(name)) return new StringFieldClass();
    return definitionOf(this).fields.get(name) ?? noField(this, name);
  },
  _getPkValue(data) {
    return keyValue(this, data, 'pk');
  },
  _getSkValue(data) {
    return keyValue(this, data, 'sk');
  },
  _formatPrimaryKey(modelPrefix, value) {
    return `${tenantOf(this)}${modelPrefix}#${String(value)}`;
  },
  _formatGsiKey(modelPrefix, indexId, value) {
    return `${tenantOf(this)}${modelPrefix}#${indexId}#${String(value)}`;
  },
  _formatUniqueConstraintKey(constraintId, modelPrefix, field, value) {
    return `${tenantOf(this)}${UNIQUE_CONSTRAINT_KEY}#${constraintId}#${modelPrefix}#${field}:${String(value)}`;
  },
  _getIterationKeys(primaryId) {
    const definition = definitionOf(this);
    return iterationKeys(definition, managerOf(this).requireTenant(), parsePrimaryId(definition, primaryId));
  },
  _getBatchRequests() {
    return currentBatchContext()?.places ?? (openSession(this), null);
  },
  _assertFilterFitsIterIndex(filter) {
    compileIndexFilter(definitionOf(this), managerOf(this).getIterationIndexName(), filter);
  },
  _createFromDyItem(item) {
    return instanceOf(this, openSession(this), marshallItem(item));
  },
};

const members: DropInMembers & ThisType<Stateful & DropInMembers> = {
  get _dyData() {
    return { ...stored(this[STATE]), ...changed(this[STATE]) };
  },
  get _loadedDyData() {
    return stored(this[STATE]);
  },
  get _changes() {
    return new Set(Object.keys(this[STATE].changes()));
  },
  get _relatedObjects() {
    return Object.fromEntries(this[STATE].related) as Record<string, RelatedObject>; // only `loadRelated` puts objects there
  },
  _getChanges() {
    return this[STATE].changes();
  },
  _getAllData() {
    return Object.fromEntries(Array.from(this[STATE].definition.fields.keys(), (name) => [name, this[STATE].read(name)]));
  },
  _getPkValue() {
    return keyValue(this.constructor as ModelClass, this._dyData, 'pk'); // objects of models are made by their classes only
  },
  _getSkValue() {
    return keyValue(this.constructor as ModelClass, this._dyData, 'sk'); // as above
  },
};

const documentClients = new WeakMap<ModelManager, DocumentClient>();

const managerMembers: ThisType<ModelManager> & Pick<ModelManager, 'documentClient'> = {
  get documentClient() {
    const known = documentClients.get(this);
    if (known) return known;
    const client = new DocumentClient(() => this.storeFor(this.getTenantId()));
    documentClients.set(this, client);
    return client;
  },
};

function keyValue({ primaryKey, modelPrefix }: ModelClass, data: Values, part: 'pk' | 'sk'): unknown {
  if (!data) throw new ValidationError('Data object is required for a key value');
  const name = primaryKey[part];
  return name === MODEL_PREFIX ? modelPrefix : data[name];
}

function tenantOf(model: ModelClass): string {
  return tenantPrefix(managerOf(model).requireTenant());
}

function noField({ name: model }: ModelClass, name: string): never {
  throw new ConfigurationError(`Field ${name} not found in ${model} fields`, model);
}

function stored({ row }: InstanceState): Values {
  return unmarshallItem(row ?? {});
}

function changed(state: InstanceState): Values {
  const changes = Object.entries(state.changes()).map(([name, value]) => {
    const field = state.definition.fields.get(name);
    const attribute = field && (value === null || field.expectation(value) === null) ? attributeOf(field, value) : undefined;
    return [name, attribute === undefined ? null : unmarshall(attribute)] as const;
  });
  return Object.fromEntries(changes);
}

addMembers(BaoModel, statics);
addMembers(BaoModel.prototype, members);
addMembers(ModelManager.prototype, managerMembers);
