/** Makes ready a test file in which dynamo-bao runs. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { inject } from 'vitest';
import { redirectDynamoDb } from './redirect.ts';

const require = createRequire(import.meta.url);
process.env['BAO_LIBRARY'] = require.resolve('dynamo-bao');
process.env['BAO_CODEGEN'] = join(dirname(require.resolve('dynamo-bao/package.json')), 'bin/codegen.js');
redirectDynamoDb(inject('dynamodbProxy'));
