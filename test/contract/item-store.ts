/** What every `ItemStore` promises, as a suite: run on each implementation, against a real local DynamoDB. */
import { afterAll, beforeAll, describe } from 'vitest';
import { describeBatches } from './item-store/batches.ts';
import { describeCertainWrites } from './item-store/certain-writes.ts';
import { describeContext } from './item-store/context.ts';
import { StoreFixture, type OpenStore } from './item-store/fixture.ts';
import { describeItems } from './item-store/items.ts';
import { describeQueries } from './item-store/queries.ts';
import { describeTransactions } from './item-store/transactions.ts';
import { describeWriters } from './item-store/writers.ts';

export type { OpenStore } from './item-store/fixture.ts';

/**
 * Declares the suite for one implementation.
 *
 * @param name stands in the titles
 * @param open makes the store and a table in Steamer's layout for it; called once, closed at the end
 */
export function describeItemStore(name: string, open: () => Promise<OpenStore>): void {
  describe(`${name} as an ItemStore`, () => {
    const fixture = new StoreFixture();
    beforeAll(async () => fixture.open(await open()));
    afterAll(async () => fixture.close());
    describe('items', () => describeItems(fixture));
    describe('batches', () => describeBatches(fixture));
    describe('queries and scans', () => describeQueries(fixture));
    describe('transactions', () => describeTransactions(fixture));
    describe('writes with a token', () => describeCertainWrites(fixture));
    describe('several writers', () => describeWriters(fixture));
    describe('context and meta', () => describeContext(fixture));
  });
}
