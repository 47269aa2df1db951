/** What the test setup gives to every test by `inject(name)`, in Node and in workerd. */
import 'vitest';

declare module 'vitest' {
  export interface ProvidedContext {
    /** the URL of a local DynamoDB, shared by all test files: each makes tables of its own */
    dynamodbEndpoint: string;
    /** the URL of a proxy in front of it that counts requests and injects faults (dev/faults/dynamodb-proxy.ts) */
    dynamodbProxy: string;
    /** how many times as large as in `npm test` the property and load tests are: STEAMER_TEST_SCALE, default 1 */
    testScale: number;
  }
}
