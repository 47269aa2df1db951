/** A hundred signatures per request, as the client makes them. */
import { createSigner } from '../../src/dynamo/signing.ts';
import { CREDENTIALS, ENDPOINT, REGION, SIGNATURES, TARGET, unsignedBody } from './unsigned-request.ts';

const sign = createSigner({ url: ENDPOINT, region: REGION });

export default {
  async fetch(): Promise<Response> {
    for (let at = 0; at < SIGNATURES; at++)
      await sign({ target: TARGET, body: unsignedBody(at), credentials: CREDENTIALS, atMs: Date.now() });
    return new Response('signed');
  },
};
