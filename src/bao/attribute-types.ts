/**
 * Attributes of every type that DynamoDB has, for fields that expect another one: dynamo-bao writes what it is given. `steamer/bao/attribute-types`
 * for programs of `steamer/bao/core`; fields that are stored so bring their types themselves.
 */
import { marshall, unmarshall, unmarshallItem } from '../dynamo/codec.ts';
import { addFeature } from './features.ts';

addFeature('attribute-types', { marshall, unmarshall, unmarshallItem });
