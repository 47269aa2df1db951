/** An answer of DynamoDB, or of the proxy in its place. */
export interface Answer {
  status: number;
  body: string;
}

export function json(value: unknown): Answer {
  return { status: 200, body: JSON.stringify(value ?? null) };
}

/** An AWS error: "ThrottlingException", or a bare status when `name` is null. */
export function errorAnswer(
  name: string | null,
  status = name === 'InternalServerError' ? 500 : 400,
  fields: Record<string, unknown> = {},
): Answer {
  if (name === null) return { status, body: 'injected' };
  return { status, body: JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: 'injected', ...fields }) };
}
