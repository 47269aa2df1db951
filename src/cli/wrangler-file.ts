/** The wrangler.toml of a new service: every binding of `SERVICE_BINDINGS`, for this machine, staging and production. */
import { MAINTENANCE_CRON, type ServiceBinding, SERVICE_BINDINGS } from '../wire/service-bindings.ts';

interface Setting {
  /** of the Worker */
  name: string;
  /** what tables of this environment begin with: "" or "env.staging." */
  prefix: string;
  /** what names of this environment end with: "" or "-staging" */
  suffix: string;
  /** stands for the ids that Cloudflare gives, until they are written there */
  placeholder: string;
}

const ENVIRONMENTS = ['development', 'staging', 'production'] as const;
const SECRETS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'SIGNING_KEYS'];
/** wrangler hands over what of `.dev.vars` is listed, and nothing else. */
const LOCAL_SECRETS = ['ACCESS_TOKEN_KEYS', 'MAIL_API_KEY'];
/** The date of the runtime that a Worker is made for. */
export const COMPATIBILITY_DATE = '2026-10-01';

/** @param name of the Worker, which the names of its database and buckets begin with */
export function wranglerFile(name: string): string {
  const objects = Object.values<ServiceBinding>(SERVICE_BINDINGS).flatMap((one) => (one.kind === 'object' ? [one.className] : []));
  return `# The bindings of ${name}. wrangler does not inherit them into environments: each one repeats them all.
# Before a first deployment the zeroes are replaced by the ids that Cloudflare gives: README.md has the commands.
name = "${name}"
main = "src/worker.ts"
compatibility_date = "${COMPATIBILITY_DATE}"
minify = true
keep_names = false
upload_source_maps = true

# The console. Everything else goes to the Worker without a look into them.
[assets]
directory = "node_modules/steamer/assets"
run_worker_first = ["/*", "!/console", "!/console/*", "!/auth/*"]

[triggers]
crons = ["${MAINTENANCE_CRON}"]

[[migrations]]
tag = "v1"
new_sqlite_classes = ${JSON.stringify(objects)}

${ENVIRONMENTS.map((environment, index) => environmentTables(name, environment, index)).join('\n')}`;
}

function environmentTables(name: string, environment: (typeof ENVIRONMENTS)[number], index: number): string {
  const isLocal = environment === 'development';
  const setting = { name, prefix: isLocal ? '' : `env.${environment}.`, suffix: isLocal ? '' : `-${environment}`, placeholder: `${index}` };
  const { prefix, suffix } = setting;
  const bindings = Object.entries<ServiceBinding>(SERVICE_BINDINGS).map(([binding, what]) => bindingTables(binding, what, setting));
  return `[${prefix}secrets]
required = ${JSON.stringify(isLocal ? [...SECRETS, ...LOCAL_SECRETS] : SECRETS)}

[${prefix}vars]
ENVIRONMENT = "${environment}"
AWS_REGION = "us-east-1"
TABLE_NAME = "${name}${suffix}"
DYNAMODB_ENDPOINT = ""
ALLOWED_ORIGINS = ""
PUBLIC_URL = ""
MAIL_PROVIDER = "${isLocal ? 'outbox' : 'resend'}"
MAIL_FROM = ""
PRODUCT_NAME = "${name}"

${bindings.join('\n')}`;
}

function bindingTables(binding: string, what: ServiceBinding, { name, prefix, suffix, placeholder }: Setting): string {
  switch (what.kind) {
    case 'd1':
      return table(`${prefix}d1_databases`, {
        binding,
        database_name: `${name}${suffix}`,
        database_id: `00000000-0000-0000-0000-${placeholder.padStart(12, '0')}`,
        migrations_dir: 'node_modules/steamer/migrations/accounts',
      });
    case 'object':
      return table(`${prefix}durable_objects.bindings`, { name: binding, class_name: what.className });
    case 'queue': {
      const queue = `${what.queue}${suffix}`;
      const consumer = { queue, max_batch_size: what.maxBatchSize, max_batch_timeout: 0, max_retries: 100 };
      return `${table(`${prefix}queues.producers`, { binding, queue })}\n${table(`${prefix}queues.consumers`, consumer)}`;
    }
    case 'r2':
      return table(`${prefix}r2_buckets`, { binding, bucket_name: `${name}-${what.purpose}${suffix}` });
    case 'kv':
      return table(`${prefix}kv_namespaces`, { binding, id: placeholder.padStart(32, '0') });
    case 'analytics':
      return table(`${prefix}analytics_engine_datasets`, { binding, dataset: `${name}${suffix}`.replaceAll('-', '_') });
  }
}

function table(name: string, values: Record<string, string | number>): string {
  const lines = Object.entries(values).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`);
  return `[[${name}]]\n${lines.join('')}`;
}
