import { inject } from 'vitest';
import { describeItemStore, type OpenStore } from '../contract/item-store.ts';
import { createTestTable, deleteTestTable } from '../setup/tables.ts';
import { TenantStoreClient } from '../../src/objects/index.ts';
import { stubOf } from './tenant-store-fixture.ts';

async function openTenantStore(keyPrefixOf: (tenant: string) => string): Promise<OpenStore> {
  const endpoint = inject('dynamodbEndpoint');
  const tableName = await createTestTable(endpoint);
  const tenant = `contract-${crypto.randomUUID()}`;
  return {
    store: new TenantStoreClient(() => stubOf(tenant), tenant),
    tableName,
    keyPrefix: keyPrefixOf(tenant),
    close: () => deleteTestTable(endpoint, tableName),
  };
}

describeItemStore('the store of a tenant', () => openTenantStore((tenant) => `[${tenant}]#`));
describeItemStore('the store of a tenant, with rows of no tenant', () => openTenantStore(() => ''));
