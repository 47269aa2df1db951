/** The configuration of a service on this machine that keeps workflows, as wrangler reads it. */
import { COMPATIBILITY_DATE } from './wrangler-file.ts';
import { type ServiceBinding, SERVICE_BINDINGS } from '../wire/service-bindings.ts';

/**
 * The text of a wrangler.json.
 *
 * @param packageFolder of Steamer, with its migrations
 * @param main the Worker's entry
 */
export function workflowServiceConfig(packageFolder: string, main: string): string {
  const bindings: [string, ServiceBinding][] = [
    ...Object.entries<ServiceBinding>(SERVICE_BINDINGS),
    ['WORKFLOW_RUN', { kind: 'object', className: 'WorkflowRun' }],
  ];
  const objects = bindings.flatMap(([name, binding]) =>
    binding.kind === 'object' && binding.isOptional !== true ? [{ name, class_name: binding.className }] : [],
  );
  const queues = bindings.flatMap(([binding, what]) => (what.kind === 'queue' ? [{ binding, queue: what.queue }] : []));
  const database = (binding: string, name: string, id: number) => ({
    binding,
    database_name: name,
    database_id: `00000000-0000-0000-0000-00000000000${id}`,
    migrations_dir: `${packageFolder}/migrations/${binding === 'DB' ? 'accounts' : 'workflows'}`,
  });
  const config = {
    name: 'steamer-workflow-service',
    main,
    compatibility_date: COMPATIBILITY_DATE,
    vars: { ENVIRONMENT: 'development', AWS_REGION: 'us-east-1', TABLE_NAME: 'none' },
    d1_databases: [database('DB', 'steamer', 1), database('WORKFLOW_DB', 'steamer-workflows', 2)],
    r2_buckets: [{ binding: 'WORKFLOW_PAYLOADS', bucket_name: 'steamer-workflow-payloads' }],
    queues: { producers: queues },
    durable_objects: { bindings: objects },
    migrations: [{ tag: 'v1', new_sqlite_classes: objects.map(({ class_name }) => class_name) }],
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
