/** A tenant of the service from outside: its models, streams, files and workflows. */
import { FilesClient } from './files-client.ts';
import { JsonRequests } from './json-requests.ts';
import type { JsonClientOptions, JsonRequest } from './json-requests.ts';
import { ModelClient } from './model-client.ts';
import type { Action, ModelShape, WriteOptions } from './model-types.ts';
import { StreamClient } from './stream-client.ts';
import { WorkflowClient } from './workflow-client.ts';

export interface SteamerClient<Models> {
  /** by the path of a model, as it stands in URLs */
  readonly models: { readonly [Path in keyof Models]: Models[Path] extends ModelShape ? ModelClient<Models[Path]> : never };
  readonly streams: StreamClient;
  readonly files: FilesClient;
  readonly workflows: WorkflowClient;
  /**
   * Does up to 100 actions on items of any models: all or none.
   *
   * @returns the items that were created or replaced, null for other actions, in their order
   * @throws SteamerError of the first action at fault; its `issues` stand under "/actions/<position>"
   */
  transact(actions: readonly Action<Models>[], options?: Omit<WriteOptions, 'ifMatch'>): Promise<unknown[]>;
  /** any other route of the tenant, with JSON in and out: `request('GET', '/members')` */
  request(method: string, path: string, request?: JsonRequest): Promise<unknown>;
}

/**
 * Makes a client. `Models` is the `ClientModels` of the manifest that `bao-codegen` writes, imported as a type:
 *
 *     const steamer = createClient<ClientModels>({ url: 'https://api.example.com/v1/acme', headers: { authorization: `Bearer ${key}` } });
 *     const invoice = await steamer.models.invoices.get('01J…');
 *
 * @throws TypeError for a URL that is none
 */
export function createClient<Models>(options: JsonClientOptions): SteamerClient<Models> {
  const requests = new JsonRequests(options);
  const models: Record<string, ModelClient<ModelShape>> = {};
  return {
    models: new Proxy(models, {
      get: (known, path) => (typeof path === 'string' ? (known[path] ??= new ModelClient(requests, path)) : undefined),
    }) as SteamerClient<Models>['models'], // which paths there are is the types' business
    streams: new StreamClient(options),
    files: new FilesClient(requests),
    workflows: new WorkflowClient(requests),
    async transact(actions, { idempotencyKey, signal } = {}) {
      const headers = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
      const answer = await requests.send('POST', '/transact', { body: { actions }, headers, signal, isSafe: idempotencyKey !== undefined });
      return (answer as { results: unknown[] }).results; // PROTOCOL.md, transact
    },
    request: (method, path, request) => requests.send(method, path, request),
  };
}
