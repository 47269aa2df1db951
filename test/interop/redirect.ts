/** dynamo-bao knows no endpoint but AWS's own, and credentials from the environment only: its requests are led to a local DynamoDB. */
const AWS_DYNAMODB = /^https:\/\/dynamodb\.[a-z0-9-]+\.amazonaws\.com/;

/** From here on every request of this process to AWS's DynamoDB goes to `endpoint`. */
export function redirectDynamoDb(endpoint: string): void {
  process.env['AWS_ACCESS_KEY_ID'] = 'local';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'local';
  const originalFetch = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    if (!AWS_DYNAMODB.test(request.url)) return originalFetch(request);
    const { headers, method, signal } = request;
    return originalFetch(request.url.replace(AWS_DYNAMODB, endpoint), { headers, method, signal, body: await request.text() });
  };
}
