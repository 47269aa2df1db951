/** The keys that put the rows of an iterable model into the iteration index. `steamer/bao/iteration-keys` for programs of `steamer/bao/core`. */
import { ITERATION_PK_FIELD, ITERATION_SK_FIELD } from './constants.ts';
import { addFeature } from './features.ts';
import { iterationKeys } from './layout.ts';
import type { DefinitionDraft, Fail, ModelStatics } from './model-definition.ts';

const MAX_ITERATION_BUCKETS = 1000;

function defineIteration(draft: DefinitionDraft, { iterationBuckets }: ModelStatics, fail: Fail): void {
  if (!Number.isInteger(iterationBuckets) || iterationBuckets < 1 || iterationBuckets > MAX_ITERATION_BUCKETS)
    fail(`iterationBuckets has to be a whole number from 1 to ${MAX_ITERATION_BUCKETS}, got ${String(iterationBuckets)}`);
  draft.iterationBuckets = iterationBuckets;
  draft.derived = [
    ...draft.derived,
    {
      sources: [], // they follow from the primary key, which never changes
      names: [ITERATION_PK_FIELD, ITERATION_SK_FIELD],
      compute: (definition, { tenant, parts }) => iterationKeys(definition, tenant, parts),
    },
  ];
}

addFeature('iteration-keys', defineIteration);
