import { describe, expect, it } from 'vitest';
import { unstable_readConfig as readConfig } from 'wrangler';

/** Locally they are required, or wrangler would not hand them over. */
const OPTIONAL_SECRETS = ['ACCESS_TOKEN_KEYS', 'MAIL_API_KEY'];
const ROOT = new URL('../wrangler.toml', import.meta.url).pathname;
const LEADERBOARD = new URL('../examples/leaderboard/wrangler.toml', import.meta.url).pathname;

/** What of wrangler's own config type is compared here; that type needs the Workers' types, which Node code has not. */
interface Config {
  vars: Record<string, unknown>;
  secrets?: { required?: string[] };
  d1_databases: { binding: string; database_id?: string; migrations_dir?: string }[];
  durable_objects: { bindings: { name: string; class_name: string }[] };
  kv_namespaces: { binding: string }[];
  r2_buckets: { binding: string; bucket_name?: string }[];
  queues: { producers?: { binding: string }[] };
  analytics_engine_datasets: { binding: string; dataset?: string }[];
  migrations: unknown;
  triggers: { crons?: string[] };
  compatibility_date?: string;
}

function configOf(environment: string | undefined, file = ROOT): Config {
  return readConfig({ config: file, env: environment }) as Config; // see Config
}

/** The names of everything an environment binds, by kind; ids and table names differ by design. */
function bindingsOf(environment: string | undefined, file = ROOT) {
  const config = configOf(environment, file);
  return {
    vars: Object.keys(config.vars).toSorted(),
    secrets: config.secrets?.required?.filter((name) => !OPTIONAL_SECRETS.includes(name)).toSorted(),
    d1: config.d1_databases.map(({ binding, migrations_dir = '' }) => [binding, migrations_dir.replace(/^.*(?=migrations\/)/, '')]),
    objects: config.durable_objects.bindings.map(({ name, class_name }) => [name, class_name]),
    kv: config.kv_namespaces.map(({ binding }) => binding),
    r2: config.r2_buckets.map(({ binding }) => binding),
    queues: config.queues.producers?.map(({ binding }) => binding),
    datasets: config.analytics_engine_datasets.map(({ binding }) => binding),
    migrations: config.migrations,
    crons: config.triggers.crons,
    compatibilityDate: config.compatibility_date,
  };
}

describe('wrangler.toml', () => {
  it('has a cron trigger for maintenance', () => {
    expect(configOf('production').triggers.crons).toEqual(['17 3 * * *']);
  });

  it.each(['staging', 'production'])('repeats every binding in %s', (environment) => {
    expect(bindingsOf(environment)).toEqual(bindingsOf(undefined));
  });

  it('has nothing that the leaderboard’s lacks, which has the bindings of workflows besides', () => {
    const { d1, objects, r2, migrations: _, ...others } = bindingsOf(undefined, LEADERBOARD);
    const { migrations: __, ...root } = bindingsOf(undefined);
    const inOrder = (list: readonly unknown[]) => list.toSorted((one, other) => JSON.stringify(one).localeCompare(JSON.stringify(other)));
    expect({ ...others, d1: inOrder(d1), objects: inOrder(objects), r2: inOrder(r2) }).toEqual({
      ...root,
      d1: inOrder([...root.d1, ['WORKFLOW_DB', 'migrations/workflows']]),
      objects: inOrder([...root.objects, ['WORKFLOW_RUN', 'WorkflowRun']]),
      r2: inOrder([...root.r2, 'WORKFLOW_PAYLOADS']),
    });
  });

  it('keeps the environments apart: no database, table, bucket or dataset is shared', () => {
    const shared = [undefined, 'staging', 'production'].map((environment) => {
      const config = configOf(environment);
      return [
        config.d1_databases[0]?.database_id,
        config.vars['TABLE_NAME'],
        config.r2_buckets[0]?.bucket_name,
        config.analytics_engine_datasets[0]?.dataset,
      ];
    });
    for (const position of [0, 1, 2, 3]) expect(new Set(shared.map((values) => values[position])).size).toBe(3);
  });
});
