/** dynamo-bao from npm. It takes credentials from the environment only, and signs with aws4fetch. */
import { createRequire } from 'node:module';
import { AwsClient } from 'aws4fetch';
import { baoContender, baoRow, type BaoLibrary } from './bao-user.ts';
import type { Library } from './contender.ts';

export const library: Library = {
  rowOf: baoRow,
  setUp(settings) {
    const { credentials, region } = settings;
    process.env['AWS_ACCESS_KEY_ID'] = credentials.accessKeyId;
    process.env['AWS_SECRET_ACCESS_KEY'] = credentials.secretAccessKey;
    const dynamoBao: BaoLibrary = createRequire(import.meta.url)('dynamo-bao'); // it has no types, and these names of the model layer
    const aws = new AwsClient({ ...credentials, region, service: 'dynamodb' });
    const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'DynamoDB_20120810.GetItem' };
    return {
      ...baoContender(dynamoBao, settings, {}),
      sign: (body) => aws.sign(`https://dynamodb.${region}.amazonaws.com/`, { method: 'POST', headers, body }),
    };
  },
};
