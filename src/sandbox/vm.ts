/**
 * Stands in for `node:vm`, which a Worker has not, as no code may be made of text while a request runs. What the SDK evaluates was compiled ahead of
 * time (`steamer workflows build`) into a function whose parameters hide everything of the host; each evaluation is a fresh call, so no state of one
 * replay is seen by the next. It is there for determinism, not for isolation: the code is the Worker's own.
 */
import { INTRINSICS, SANDBOX_NAMES } from './names.ts';
import { atPublicUrl, WORKFLOW_CONTEXT } from './public-url.ts';

/** Evaluates compiled code with the values of `SANDBOX_NAMES`, in their order. */
export type CompiledCode = (...values: unknown[]) => unknown;
type Sandbox = Record<PropertyKey, unknown>;

const CONTEXT = Symbol.for('steamer//vm-context');
const HostDate = Date;
/** How the SDK asks for a workflow of the code that it has evaluated. */
const LOOKUP = /^globalThis\.__private_workflows\?\.get\((".*")\)$/s;
const compiled = new Map<string, CompiledCode>();

/** Makes compiled code known by the text that stands for it in the SDK's route. */
export function registerCode(token: string, code: CompiledCode): void {
  compiled.set(token, code);
}

/** Makes an object a global object: with the language's own names, and copies of what the SDK changes in place. */
export function createContext(sandbox: Sandbox = {}): Sandbox {
  const host = globalThis as unknown as Sandbox; // looked up by name
  for (const name of INTRINSICS) if (!(name in sandbox) && name in host) define(sandbox, name, host[name]);
  sandbox['Math'] = Object.create(Object.prototype, Object.getOwnPropertyDescriptors(Math));
  sandbox['Date'] = class Date extends HostDate {};
  define(sandbox, 'globalThis', sandbox);
  define(sandbox, CONTEXT, true);
  let metadata: object;
  Object.defineProperty(sandbox, WORKFLOW_CONTEXT, {
    get: () => metadata,
    set(said: object) {
      metadata = atPublicUrl(said);
    },
  });
  return sandbox;
}

export function isContext(value: unknown): boolean {
  return typeof value === 'object' && value !== null && CONTEXT in value;
}

/** @throws TypeError for code that was not compiled ahead of time */
export function runInContext(code: string, context: Sandbox): unknown {
  if (code === 'globalThis') return context;
  const known = compiled.get(code);
  if (known) return known(...SANDBOX_NAMES.map((name) => context[name]));
  const [, name] = LOOKUP.exec(code) ?? [];
  const workflows = context['__private_workflows'];
  if (name !== undefined && workflows instanceof Map) return workflows.get(JSON.parse(name));
  throw new TypeError(
    `expected code that \`steamer workflows build\` has compiled, got ${JSON.stringify(code.slice(0, 80))}: build again with the SDK that is installed`,
  );
}

export class Script {
  readonly #code: string;

  constructor(code: string) {
    this.#code = code;
  }

  runInContext(context: Sandbox): unknown {
    return runInContext(this.#code, context);
  }
}

function define(sandbox: Sandbox, name: PropertyKey, value: unknown): void {
  Object.defineProperty(sandbox, name, { value, writable: true, configurable: true, enumerable: false });
}
