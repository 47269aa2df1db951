import { describe } from 'vitest';
import { describeFaults } from './dynamo-client-faults.ts';

describe('DynamoClient when DynamoDB or the network fails', describeFaults);
