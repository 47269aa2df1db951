/** Starts what all test files share, once per run: a local DynamoDB and a fault-injecting proxy in front of it. */
import type { TestProject } from 'vitest/node';
import { startDynamoDbProxy } from '../../dev/faults/dynamodb-proxy.ts';
import { startLocalDynamoDb } from '../../src/cli/local-dynamodb.ts';

/** Provides `dynamodbEndpoint`, `dynamodbProxy` and `testScale`. DYNAMODB_ENDPOINT names a DynamoDB that already runs. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const running = process.env['DYNAMODB_ENDPOINT'];
  const local = running ? null : await startLocalDynamoDb();
  const endpoint = local?.endpoint ?? running ?? '';
  const proxy = await startDynamoDbProxy({ endpoint });
  provide('dynamodbEndpoint', endpoint);
  provide('dynamodbProxy', proxy.url);
  provide('testScale', readScale(process.env['STEAMER_TEST_SCALE']));
  return async () => {
    await proxy.stop();
    await local?.stop();
  };
}

function readScale(text: string | undefined): number {
  const scale = Number(text || '1');
  if (!(scale > 0)) throw new Error(`STEAMER_TEST_SCALE: expected a number above 0, got "${text}"`);
  return scale;
}
