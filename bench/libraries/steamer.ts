/** Steamer's model layer as a Node program imports it. */
import * as bao from '../../src/bao/node/index.ts';
import { nodeDigests } from '../../src/bao/node/node-digests.ts';
import { createSigner } from '../../src/dynamo/signing.ts';
import { baoContender, baoRow } from './bao-user.ts';
import type { Library } from './contender.ts';

export const library: Library = {
  rowOf: baoRow,
  setUp(settings) {
    const { credentials, region } = settings;
    const sign = createSigner({ url: `https://dynamodb.${region}.amazonaws.com/`, region }, nodeDigests);
    return {
      ...baoContender(bao, settings, { aws: { region, credentials }, logging: { level: 'ERROR' } }),
      sign: (body) => sign({ target: 'DynamoDB_20120810.GetItem', body, credentials, atMs: Date.now() }),
    };
  },
};
