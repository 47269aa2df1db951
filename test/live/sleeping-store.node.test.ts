import { mkdtempSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { storeCode } from '../../dev/faults/store-code.ts';
import { StoreConnection } from '../../dev/faults/store-connection.ts';
import { serviceCompatibilityDate } from '../../dev/workerd/worker-config.ts';
import { Workerd } from '../../dev/workerd/workerd.ts';
import { createTestTable, deleteTestTable } from '../setup/tables.ts';

/** An object that nobody calls is out of memory after ten seconds, and its alarm rings two or three times before. */
const ASLEEP_AFTER_MS = 25_000;

test('a store that nobody has called for a while starts with what its last burst of reads and writes has brought', async () => {
  const endpoint = inject('dynamodbEndpoint');
  const table = await createTestTable(endpoint);
  const { default: binary } = createRequire(import.meta.url)('workerd') as { default: string }; // CommonJS without types
  const credentials = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
  await using workerd = await Workerd.start({
    binary,
    folder: mkdtempSync(join(tmpdir(), 'steamer-sleep-')),
    isTemporary: true,
    code: await storeCode(),
    config: {
      compatibilityDate: serviceCompatibilityDate(),
      vars: { TENANT: 'acme', DYNAMODB_ENDPOINT: endpoint, AWS_REGION: 'us-east-1', ...credentials },
      objects: { TENANT_STORE: 'TenantStore' },
    },
  });
  const keyOf = (id: string) => ({ _pk: { S: `[acme]#k#${id}` }, _sk: { S: 'k' } });
  /** Where each answer came from, and of which instance it is. */
  const burst = async () => {
    const connection = await StoreConnection.open(workerd.port);
    const ask = async (operation: string, input: object) => {
      const reply = await connection.call(operation, { TableName: table, ...input }, {});
      if (reply?.ok !== true) throw new Error(JSON.stringify(reply));
      const { cache, version } = reply.meta as { cache: string; version: string }; // of the object
      return { cache, instance: version.split('.')[1] };
    };
    const reads = await Promise.all(['read', 'written'].map((id) => ask('GetItem', { Key: keyOf(id) })));
    await ask('PutItem', { Item: keyOf('read') });
    await ask('PutItem', { Item: keyOf('written') });
    connection.close();
    return reads;
  };
  const asleep = () => new Promise((resolve) => setTimeout(resolve, ASLEEP_AFTER_MS));
  const first = await burst();
  expect(first.map(({ cache }) => cache)).toEqual(['miss', 'miss']);
  await asleep();
  const second = await burst();
  expect(second.map(({ cache }) => cache)).toEqual(['hit', 'hit']);
  expect(second[0]?.instance).not.toBe(first[0]?.instance);
  await deleteTestTable(endpoint, table);
});
