/**
 * What is checked of the statics of a model, for those that are written by hand: `bao-codegen` says as much of definitions before there are
 * models. `steamer/bao/model-checks` for programs of `steamer/bao/core`.
 */
import { GSI_INDEX_IDS, MODEL_PREFIX, TTL_FIELD } from './constants.ts';
import { addFeature } from './features.ts';
import type { BaoField } from './fields/field.ts';
import type { FieldMap } from './fields/index.ts';
import type { IndexConfig } from './key-configs.ts';
import type { Fail, ModelStatics } from './model-definition.ts';

const COLLECTION_PATTERN = /^[\w-]+$/;

/** @throws ConfigurationError naming the model and what is wrong */
function checkModel(model: ModelStatics, isReserved: (name: string) => boolean, fail: Fail): void {
  const fields = checkFields(model.fields, isReserved, fail);
  if (!model.primaryKey) fail('primaryKey is missing');
  checkKey(model.primaryKey, 'primaryKey', fields, fail);
  if (model.primaryKey.pk === MODEL_PREFIX && model.primaryKey.sk === MODEL_PREFIX) fail('primaryKey needs at least one field');
  checkIndexes(model, fields, fail);
}

function checkFields(declared: FieldMap, isReserved: (name: string) => boolean, fail: Fail): Map<string, BaoField> {
  const fields = new Map(Object.entries(declared ?? {}));
  for (const [name, field] of fields) {
    if (name.startsWith('_')) fail(`field names may not begin with "_": ${name}`);
    if (isReserved(name)) fail(`a field may not be called "${name}", as every object has a member of that name`);
    if (typeof field?.toDy !== 'function') fail(`field ${name} is not a field; use one of the factories in \`fields\``);
    if (field.kind === 'ttl' && name !== TTL_FIELD) fail(`a TtlField has to be called "${TTL_FIELD}", got ${name}`);
  }
  return fields;
}

function checkKey({ pk, sk }: { pk: string; sk: string }, owner: string, fields: ReadonlyMap<string, BaoField>, fail: Fail): void {
  for (const name of [pk, sk]) {
    if (name === MODEL_PREFIX) continue;
    const field = fields.get(name) ?? fail(`${owner} names the field ${name}, which the model does not have`);
    if (!field.isKeyable) fail(`${owner}: a field of kind ${field.kind} cannot be part of a key: ${name}`);
  }
}

function checkIndexes(model: ModelStatics, fields: ReadonlyMap<string, BaoField>, fail: Fail): void {
  const usedIds = new Map<string, string>();
  for (const [name, config] of Object.entries(model.indexes ?? {})) {
    if (name.startsWith('_')) fail(`index names may not begin with "_": ${name}`);
    if ('indexId' in config) {
      const { indexId } = config;
      if (!GSI_INDEX_IDS.some((id) => id === indexId))
        fail(`index ${name}: expected an indexId of ${GSI_INDEX_IDS.join(', ')}, got ${indexId}`);
      const other = usedIds.get(indexId);
      if (other !== undefined) fail(`indexes ${other} and ${name} both use ${indexId}`);
      usedIds.set(indexId, name);
      checkCollection(name, config, fail);
    } else if (config.pk !== model.primaryKey.pk || config.sk !== model.primaryKey.sk) {
      fail(`index ${name} needs an IndexConfig, or the model's own primaryKey`);
    }
    checkKey(config, `index ${name}`, fields, fail);
  }
}

function checkCollection(name: string, { collection, pk, projection }: IndexConfig, fail: Fail): void {
  if (collection === null) return;
  if (!COLLECTION_PATTERN.test(collection))
    fail(`index ${name}: a collection is called by letters, digits, "-" and "_", got ${collection}`);
  if (pk === MODEL_PREFIX) fail(`index ${name}: a collection is partitioned by a field, not by the models' prefixes`);
  if (projection !== 'ALL') fail(`index ${name}: the index of a collection holds whole rows, without projection`);
}

addFeature('model-checks', checkModel);
