/** The long tests in groups of about five minutes; CI runs one group in turn. */
import type { Suite } from './suites.ts';

export interface LongGroup {
  name: string;
  suites: readonly Suite[];
}

const FULL_SIZE = { STEAMER_TEST_SCALE: '20' };

export const LONG_GROUPS: readonly LongGroup[] = [
  { name: 'all suites at full size', suites: [{ name: 'all suites at full size', args: [], env: FULL_SIZE }] },
  {
    name: 'DynamoDB Local at full size',
    suites: [
      {
        name: "the suites that touch DynamoDB, at full size on AWS's DynamoDB Local",
        args: ['test/dynamo', 'test/bao', 'test/objects', 'test/routes'],
        env: { ...FULL_SIZE, STEAMER_DYNAMODB: 'dynamodb-local' },
        needs: 'java',
      },
    ],
  },
];
