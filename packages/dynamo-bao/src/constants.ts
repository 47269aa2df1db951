/** What models that dynamo-bao has generated import as `dynamo-bao/src/constants.js`. */
import { constants } from 'steamer/bao';

export const {
  GSI_INDEX_ID1,
  GSI_INDEX_ID2,
  GSI_INDEX_ID3,
  GSI_INDEX_ID4,
  GSI_INDEX_ID5,
  UNIQUE_CONSTRAINT_ID1,
  UNIQUE_CONSTRAINT_ID2,
  UNIQUE_CONSTRAINT_ID3,
  UNIQUE_CONSTRAINT_KEY,
  ITERATION_INDEX_NAME,
  LEGACY_ITERATION_INDEX_NAME,
  SEARCH_INDEX_NAME,
  ITERATION_PK_FIELD,
  ITERATION_SK_FIELD,
  SEARCH_TEXT_FIELD,
  SYSTEM_FIELDS,
} = constants;
