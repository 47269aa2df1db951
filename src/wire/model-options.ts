/** What may be done with a model from outside, as its definition says: plain data that code generation emits and entries obey. */
import type { AccessLevel, AccessRules } from './access-rules.ts';

/** What models.yaml says under `steamer:` of a model, as plain data. */
export interface ModelOptions {
  /** `none`: the model has no routes; `read-only`: none that write; rules: who may do what */
  access: AccessLevel | AccessRules;
  /** the Cache-Control of answers with its objects; null: the service's own */
  cacheControl: string | null;
}
