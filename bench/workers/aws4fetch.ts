/** One GetItem per request by aws4fetch and nothing else: no account, no deadline, no retry. What the client's care is compared with. */
import { AwsClient } from 'aws4fetch';
import { getItemInput, type Variables } from './item-request.ts';

const clients: AwsClient[] = [];

function clientOf(env: Variables): AwsClient {
  return (clients[0] ??= new AwsClient({
    accessKeyId: env.AWS_ACCESS_KEY_ID,
    secretAccessKey: env.AWS_SECRET_ACCESS_KEY,
    region: env.AWS_REGION,
    service: 'dynamodb',
    retries: 0,
  }));
}

export default {
  async fetch(request: Request, env: Variables): Promise<Response> {
    const answer = await clientOf(env).fetch(env.DYNAMODB_ENDPOINT, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-amz-json-1.0', 'X-Amz-Target': 'DynamoDB_20120810.GetItem' },
      body: JSON.stringify(getItemInput(request, env)),
    });
    const { Item }: { Item: unknown } = await answer.json();
    return Response.json(Item);
  },
};
