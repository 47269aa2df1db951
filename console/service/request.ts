/** A request to the service as a value: it is sent, shown as a command, and compared with the one before. */

export interface ServiceRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** from "/v1/…" on, its segments encoded */
  path: string;
  query?: Readonly<Record<string, string>>;
  /** sent as JSON */
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
  /** made with the operator's key, which this page was given, instead of the session */
  asOperator?: boolean;
}

/** A path out of segments, each encoded. */
export function pathOf(...segments: readonly string[]): string {
  return `/v1/${segments.map(encodeURIComponent).join('/')}`;
}

/** With its query. */
export function targetOf({ path, query = {} }: ServiceRequest): string {
  const parameters = new URLSearchParams(query).toString();
  return parameters === '' ? path : `${path}?${parameters}`;
}

/** The request as a line for a POSIX shell, with an API key in place of the session that a browser has. */
export function curlOf(request: ServiceRequest, origin: string): string {
  const { method, body, headers = {}, asOperator = false } = request;
  const all = { authorization: `Bearer $${asOperator ? 'OPERATOR_KEY' : 'API_KEY'}`, ...headers };
  return [
    'curl',
    ...(method === 'GET' ? [] : [`-X ${method}`]),
    // Double quotes, so that the shell puts the key in.
    ...Object.entries(all).map(([name, value]) => `-H ${value.includes('$') ? `"${name}: ${value}"` : quoted(`${name}: ${value}`)}`),
    ...(body === undefined ? [] : [`-H 'content-type: application/json'`, `-d ${quoted(JSON.stringify(body))}`]),
    quoted(`${origin}${targetOf(request)}`),
  ].join(' ');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
