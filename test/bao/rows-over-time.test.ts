import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { backfill } from '../../src/bao/backfill.ts';
import { BaoModel, fields, initModels, jsonSchemaOf, PrimaryKeyConfig, restore, runWithBatchContext } from '../../src/bao/index.ts';
import type { ModelManager, Upcasters } from '../../src/bao/index.ts';
import { parseStreamRecords } from '../../src/bao/stream-records.ts';
import { localClientOptions } from '../setup/tables.ts';
import { openTestTable } from './setup.ts';
import type { TestTable } from './setup.ts';

class User extends BaoModel {
  static override modelPrefix = 'us';
  static override keyEncoding = 'ordered' as const;
  static override softDelete = 'deletedAt';
  static override schemaVersion = 2;
  static override upcasters: Upcasters = { 1: ({ mails, ...rest }) => ({ ...rest, emailPreferences: { notifications: mails === 'yes' } }) };
  static override fields = {
    userId: fields.StringField({ required: true }),
    emailPreferences: fields.MapField({ notifications: fields.BooleanField({ defaultValue: true }), digest: fields.StringField() }),
    deletedAt: fields.DateTimeField(),
    ttl: fields.TtlField(),
  };
  static override primaryKey = PrimaryKeyConfig('userId');
}

const MODELS = { User };
let table: TestTable;
let manager: ModelManager<typeof MODELS>;

beforeAll(async () => {
  table = await openTestTable();
  manager = initModels({
    models: MODELS,
    aws: localClientOptions(inject('dynamodbEndpoint')),
    db: { tableName: table.tableName },
    logging: { level: 'ERROR' },
  });
});
afterAll(() => table.drop());

it('reads, changes and filters nested fields in workerd, also of rows of an earlier version', async () => {
  await table.putRow({ _pk: { S: 'us#old' }, _sk: { S: 'us' }, userId: { S: 'old' }, mails: { S: 'no' } });
  await runWithBatchContext(async () => {
    const { User: model } = manager.models;
    await model.create({ userId: 'new' });
    await Promise.all([
      model.update('new', { 'emailPreferences.notifications': false }),
      model.update('new', { 'emailPreferences.digest': 'weekly' }),
    ]);
    const [fresh, old] = await Promise.all([model.find('new'), model.find('old')]);
    expect(fresh.exists() && fresh.emailPreferences).toEqual({ notifications: false, digest: 'weekly' });
    expect(old.exists() && old.emailPreferences.notifications).toBe(false);
    const page = await model.queryByPrimaryKey('new', null, { filter: { 'emailPreferences.digest': 'weekly' } });
    expect(page.count).toBe(1);
  });
});

it('backfills, deletes softly, restores, hides what has expired, and describes itself in workerd', async () => {
  const { User: model } = manager.models;
  let written = 0;
  for await (const page of backfill(model, { batchSize: 1 })) written += page.written;
  expect(written).toBe(1);
  await model.delete('old');
  expect((await model.find('old')).exists()).toBe(false);
  expect((await restore(model, 'old')).exists()).toBe(true);
  await model.update('old', { ttl: 1000 });
  expect((await model.find('old')).exists()).toBe(false);
  expect(jsonSchemaOf(model, 'update')).toMatchObject({
    properties: { emailPreferences: { anyOf: [{ type: 'object' }, { type: 'null' }] } },
  });
});

it('reads stream records in workerd', () => {
  const Keys = { _pk: { S: 'us#a' }, _sk: { S: 'us' } };
  const record = { eventName: 'INSERT', dynamodb: { Keys, NewImage: { ...Keys, userId: { S: 'a' }, mails: { S: 'yes' } } } };
  const [change] = parseStreamRecords(manager, [record]);
  expect(change?.after?.toJSON()).toEqual({ userId: 'a', emailPreferences: { notifications: true } });
});
