/** What the REST API may do with a model, as its definition says: plain data that code generation emits and routes obey. */
export interface ModelOptions {
  /** `none`: the model has no routes; `read-only`: none that write */
  access: 'read-write' | 'read-only' | 'none';
  /** the Cache-Control of answers with its objects; null: the service's own */
  cacheControl: string | null;
}
