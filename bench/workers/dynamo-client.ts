/** One GetItem per request, signed and sent by the Worker itself. */
import { DynamoClient } from '../../src/dynamo/dynamo-client.ts';
import { getItemInput, respond, type Variables } from './item-request.ts';

let client: DynamoClient | undefined;

function clientOf(env: Variables): DynamoClient {
  return (client ??= new DynamoClient({
    region: env.AWS_REGION,
    endpoint: env.DYNAMODB_ENDPOINT,
    credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY },
  }));
}

export default {
  async fetch(request: Request, env: Variables): Promise<Response> {
    return respond(await clientOf(env).execute('GetItem', getItemInput(request, env)));
  },
};
