/** Operations beyond create, read, update and delete as statics of `BaoModel`, for the entry that has everything. */
import { BaoModel } from './model.ts';
import type { ModelClass } from './model-class.ts';
import type { ReplaceResult } from './put-row.ts';
import { scanModel } from './scan-all.ts';
import type { ScanOptions } from './scan-all.ts';
import { upsertObject } from './upsert.ts';
import type { UpsertOptions } from './upsert.ts';

/** The statics that this file gives to `BaoModel`. */
export interface OperationStatics {
  upsert<Model extends ModelClass>(this: Model, data: object, options?: UpsertOptions): Promise<ReplaceResult<Model['prototype']>>;
  scanAll<Model extends ModelClass>(this: Model, options?: ScanOptions): AsyncGenerator<Model['prototype'][]>;
}

const OPERATIONS: OperationStatics = {
  upsert(data, options) {
    return upsertObject(this, data, options);
  },
  scanAll(options) {
    return scanModel(this, options);
  },
};

// As methods of a class are: not among its enumerable properties.
for (const [name, value] of Object.entries(OPERATIONS))
  Object.defineProperty(BaoModel, name, { value, writable: true, configurable: true });
