import { runInDurableObject } from 'cloudflare:test';
import { expect, test } from 'vitest';
import { migrate } from '../../src/objects/migrate.ts';
import { MIGRATIONS } from '../../src/objects/tenant-store/schema.ts';
import { stubOf } from './tenant-store-fixture.ts';

function inNewObject(use: (storage: DurableObjectStorage) => void): Promise<void> {
  return runInDurableObject(stubOf(`m-${crypto.randomUUID()}`), (_instance, { storage }) => use(storage));
}

test('an object that has all migrations takes only those that were added', async () => {
  await inNewObject((storage) => {
    const longer = [...MIGRATIONS, 'CREATE TABLE added (value TEXT)', "INSERT INTO added VALUES ('once')"];
    migrate(storage, longer);
    migrate(storage, longer);
    expect(storage.sql.exec('SELECT value FROM added').toArray()).toEqual([{ value: 'once' }]);
  });
});

test('a migration that fails leaves everything as it was', async () => {
  await inNewObject((storage) => {
    expect(() => migrate(storage, [...MIGRATIONS, 'CREATE TABLE added (value TEXT)', 'nonsense'])).toThrow(/nonsense/);
    migrate(storage, [...MIGRATIONS, 'CREATE TABLE added (value TEXT)']);
    expect(storage.sql.exec('SELECT version FROM schema_version').one()).toEqual({ version: MIGRATIONS.length + 1 });
  });
});
