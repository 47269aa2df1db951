/** What models and their objects have of dynamo-bao besides operations: `steamer/bao` has it. */
import { addMembers } from './add-members.ts';
import { currentBatchContext } from './batch-context.ts';
import { ValidationError } from './errors.ts';
import { findById } from './find.ts';
import type { FindOptions } from './find.ts';
import { STATE } from './instance-state.ts';
import type { CapacityEntry, Stateful } from './instance-state.ts';
import { formatPrimaryId } from './layout.ts';
import { BaoModel } from './model.ts';
import type { ModelClass } from './model-class.ts';
import { definitionOf } from './model-registry.ts';
import type { ObjectNotFound } from './object-not-found.ts';
import type { RelatedObject } from './related.ts';

/** The statics that this file gives to `BaoModel`. */
export interface BaoStatics {
  findByPrimaryKey<Model extends ModelClass>(this: Model, id: unknown, options?: FindOptions): Promise<Model['prototype'] | ObjectNotFound>;
  makePrimaryId(this: ModelClass, pk: string, sk?: string): string;
  isInsideBatchContext(): boolean;
}

/** The members that this file gives to objects. */
export interface BaoMembers {
  getNumericConsumedCapacity(type: 'read' | 'write' | 'total', includeRelated?: boolean): number;
  getConsumedCapacity(): { consumedCapacity: { CapacityUnits: number }; fromContext: boolean; type: CapacityEntry['type'] }[];
  clearConsumedCapacity(): void;
}

const STATICS: BaoStatics = {
  findByPrimaryKey(id, options) {
    return findById(this, id, options);
  },
  makePrimaryId(pk, sk) {
    const definition = definitionOf(this);
    return formatPrimaryId(definition, { pk, sk: sk ?? definition.prefix });
  },
  isInsideBatchContext() {
    return currentBatchContext() !== undefined;
  },
};

const MEMBERS: BaoMembers & ThisType<Stateful> = {
  getNumericConsumedCapacity(type, includeRelated = false) {
    if (!['read', 'write', 'total'].includes(type)) throw new ValidationError(`expected read, write or total, got ${type}`);
    const own = this[STATE].capacity.filter((entry) => !entry.fromContext && (type === 'total' || entry.type === type));
    const related = includeRelated ? ([...this[STATE].related.values()] as RelatedObject[]) : []; // only relations put objects there
    return (
      own.reduce((sum, { units }) => sum + units, 0) + related.reduce((sum, object) => sum + object.getNumericConsumedCapacity(type), 0)
    );
  },
  getConsumedCapacity() {
    return this[STATE].capacity.map(({ units, fromContext, type }) => ({ consumedCapacity: { CapacityUnits: units }, fromContext, type }));
  },
  clearConsumedCapacity() {
    this[STATE].clearCapacity();
  },
};

addMembers(BaoModel, STATICS);
addMembers(BaoModel.prototype, MEMBERS);
