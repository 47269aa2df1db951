import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

export interface WorkerConfig {
  compatibilityDate: string;
  /** text bindings by their name in `env` */
  vars: Readonly<Record<string, string>>;
  /** Durable Object bindings: the name in `env`, and the class */
  objects: Readonly<Record<string, string>>;
  /** modules of WebAssembly that the Worker imports: their names, and the files, which are copied beside the configuration. Default: none */
  wasm?: Readonly<Record<string, string>>;
  /** lets the Worker collect garbage by `gc()`; default: not */
  exposesGc?: boolean;
}

/** @returns the date that the service itself runs with */
export function serviceCompatibilityDate(): string {
  const wranglerToml = readFileSync(new URL('../../wrangler.toml', import.meta.url), 'utf8');
  const date = /^compatibility_date *= *"([\d-]+)"/m.exec(wranglerToml)?.[1];
  if (!date) throw new Error('wrangler.toml has no compatibility_date');
  return date;
}

/**
 * Makes the configuration of a workerd that serves `worker.js` on a free port of this machine, and that keeps its objects' SQLite files in
 * `objects/` (in memory they would have no SQL); both are beside the configuration. The Worker reaches servers on this machine and no others.
 *
 * @returns Cap'n Proto text; the port is reported on the control descriptor under the name "http"
 * @see workerd.capnp in the workerd package
 */
export function workerConfig({ compatibilityDate, vars, objects, wasm = {}, exposesGc = false }: WorkerConfig): string {
  const texts = Object.entries(vars).map(([name, value]) => `(name = ${quote(name)}, text = ${quote(value)})`);
  const namespaces = Object.entries(objects).map(
    ([name, className]) => `(name = ${quote(name)}, durableObjectNamespace = ${quote(className)})`,
  );
  const classes = [...new Set(Object.values(objects))].map(
    (className) => `(className = ${quote(className)}, uniqueKey = ${quote(className)}, enableSql = true)`,
  );
  const modules = Object.entries(wasm).map(([name, file]) => `(name = ${quote(name)}, wasm = embed ${quote(basename(file))})`);
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "worker", worker = .worker),
    (name = "internet", network = (allow = ["local"])),
    (name = "objects", disk = (path = "objects", writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "worker")],
  v8Flags = [${exposesGc ? quote('--expose-gc') : ''}],
);

const worker :Workerd.Worker = (
  modules = [${['(name = "worker.js", esModule = embed "worker.js")', ...modules].join(', ')}],
  compatibilityDate = ${quote(compatibilityDate)},
  bindings = [${[...texts, ...namespaces].join(', ')}],
  durableObjectNamespaces = [${classes.join(', ')}],
  durableObjectStorage = (localDisk = "objects"),
);
`;
}

/** Cap'n Proto knows C's escapes, and of JSON's only those two. */
function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
