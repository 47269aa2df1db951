/** Steamer's model layer on a store that answers at once: what it costs where something else than its client keeps the rows. */
import * as bao from '../../src/bao/index.ts';
import type { ItemStore } from '../../src/dynamo/item-store.ts';
import { baoContender, baoRow } from './bao-user.ts';
import type { Library } from './contender.ts';

export const library: Library = {
  rowOf: baoRow,
  setUp(settings) {
    const meta = { cache: 'bypass', calls: 1, keys: 1, readUnits: 1, writeUnits: 0 } as const;
    const store: ItemStore = {
      execute(operation, input) {
        const output: never = JSON.parse(settings.answer(operation, () => JSON.stringify(input)));
        return Promise.resolve({ ok: true, output, meta: { ...meta } });
      },
    };
    return baoContender(bao, settings, { store, logging: { level: 'ERROR' } });
  },
};
