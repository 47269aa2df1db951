import { describeItemStore } from '../contract/item-store.ts';
import { openDynamoClient } from './dynamo-client-contract.ts';

describeItemStore('DynamoClient', openDynamoClient);
