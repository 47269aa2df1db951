/** One GetItem per request by an object that does nothing but send it on: what any object adds that stands before DynamoDB. */
import { DurableObject } from 'cloudflare:workers';
import { DynamoClient } from '../../src/dynamo/dynamo-client.ts';
import type { OperationResult } from '../../src/dynamo/item-store.ts';
import type { GetItemInput } from '../../src/dynamo/types.ts';
import { getItemInput, respond, type Variables } from './item-request.ts';

interface Env extends Variables {
  FORWARDER: DurableObjectNamespace<Forwarder>;
}

export class Forwarder extends DurableObject<Variables> {
  readonly #client: DynamoClient;

  constructor(ctx: DurableObjectState, env: Variables) {
    super(ctx, env);
    this.#client = new DynamoClient({
      region: env.AWS_REGION,
      endpoint: env.DYNAMODB_ENDPOINT,
      credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY },
    });
  }

  /** Texts, as the tenant's object has them. */
  async getItem(input: string): Promise<string> {
    return JSON.stringify(await this.#client.execute('GetItem', JSON.parse(input) as GetItemInput));
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const stub = env.FORWARDER.getByName('bench');
    const answer = await stub.getItem(JSON.stringify(getItemInput(request, env)));
    return respond(JSON.parse(answer) as OperationResult<'GetItem'>);
  },
};
