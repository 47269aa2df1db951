/** Operations beyond create, read, update and delete as statics of `BaoModel`, for the entry that has everything. */
import { addMembers } from './add-members.ts';
import { BaoModel } from './model.ts';
import type { ModelClass } from './model-class.ts';
import { replaceObject } from './replace-row.ts';
import type { ReplaceOptions, ReplaceResult } from './replace-row.ts';
import { scanModel } from './scan-all.ts';
import type { ScanOptions } from './scan-all.ts';
import { upsertObject } from './upsert.ts';
import type { UpsertOptions } from './upsert.ts';

/** The statics that this file gives to `BaoModel`. */
export interface OperationStatics {
  replace<Model extends ModelClass>(this: Model, data: object, options?: ReplaceOptions): Promise<ReplaceResult<Model['prototype']>>;
  upsert<Model extends ModelClass>(this: Model, data: object, options?: UpsertOptions): Promise<ReplaceResult<Model['prototype']>>;
  scanAll<Model extends ModelClass>(this: Model, options?: ScanOptions): AsyncGenerator<Model['prototype'][]>;
}

const OPERATIONS: OperationStatics = {
  replace(data, options) {
    return replaceObject(this, data, options);
  },
  upsert(data, options) {
    return upsertObject(this, data, options);
  },
  scanAll(options) {
    return scanModel(this, options);
  },
};

addMembers(BaoModel, OPERATIONS);
