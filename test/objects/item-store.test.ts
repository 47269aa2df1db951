import { inject } from 'vitest';
import { describeItemStore, type OpenStore } from '../contract/item-store.ts';
import { createTestTable, deleteTestTable } from '../setup/tables.ts';
import { tableProfile } from '../../.bao/models.ts';
import { KnownDivisions, ShardedStore } from '../../src/objects/index.ts';
import { connect, newOperator } from './tenant-store-fixture.ts';

async function openTenantStore(keyPrefixOf: (tenant: string) => string, shards = 1): Promise<OpenStore> {
  const endpoint = inject('dynamodbEndpoint');
  const tableName = await createTestTable(endpoint);
  const tenant = `contract-${crypto.randomUUID()}`;
  const [nowMs, sleep] = [() => Date.now(), (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))];
  if (shards > 1) await newOperator().divide(tenant, shards);
  return {
    store: new ShardedStore({ tenant, profile: tableProfile, connect, divisions: new KnownDivisions(), nowMs, sleep }),
    tableName,
    keyPrefix: keyPrefixOf(tenant),
    close: () => deleteTestTable(endpoint, tableName),
  };
}

describeItemStore('the store of a tenant', () => openTenantStore((tenant) => `[${tenant}]#`));
describeItemStore('the store of a tenant, with rows of no tenant', () => openTenantStore(() => ''));
describeItemStore('the store of a tenant with 4 objects', () => openTenantStore((tenant) => `[${tenant}]#`, 4));
