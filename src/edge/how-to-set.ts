/** How what a Worker reads from its environment is set: for the errors of the Worker, and for `steamer doctor`. */

/** Bindings by their kind: the table of wrangler.toml, and what makes the thing itself. */
export const BINDING_KINDS = {
  d1: { table: 'd1_databases', make: 'npx wrangler d1 create' },
  kv: { table: 'kv_namespaces', make: 'npx wrangler kv namespace create' },
  r2: { table: 'r2_buckets', make: 'npx wrangler r2 bucket create' },
  queue: { table: 'queues.producers', make: 'npx wrangler queues create' },
  object: { table: 'durable_objects.bindings', make: null },
  service: { table: 'services', make: null },
  analytics: { table: 'analytics_engine_datasets', make: null },
} as const;

/** The kinds of bindings that `checkEnv` knows. */
export type BindingKind = keyof typeof BINDING_KINDS;

/** How a text of the environment is set. */
export function howToSet(name: string, isSecret: boolean): string {
  return isSecret ? `npx wrangler secret put ${name}; locally in .dev.vars` : 'vars in wrangler.toml; locally also in .dev.vars';
}

/** How a binding is made. */
export function howToBind(name: string, kind: BindingKind): string {
  const { table, make } = BINDING_KINDS[kind];
  // Objects have a `name` where all others have a `binding`.
  const key = kind === 'object' ? 'name' : 'binding';
  return `[[${table}]] with ${key} = "${name}" in wrangler.toml${make === null ? '' : `, after ${make} <name>`}`;
}
