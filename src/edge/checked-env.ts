/**
 * The platform's environment, checked where it is used: `getEnv({ DB: binding('d1'), API_KEY: secret() }).DB` is the binding, or one error that names it and
 * says how it is set. Usable before there is a request, too: nothing is read until it is used.
 */
import { env as platformEnv, withEnv as withPlatformEnv } from 'cloudflare:workers';
import { ServiceError } from '../lib/errors.ts';
import { BINDING_KINDS, type BindingKind, howToBind, howToSet } from './how-to-set.ts';

/** What a name of the environment has to be. */
export interface Requirement<Value> {
  /** whether a value is what it has to be, and how it is called where it is not */
  isMet: (value: unknown) => value is Value;
  form: string;
  /** how one of this name is set */
  remedy: (name: string) => string;
}

/** What a binding of each kind has, and no other has by accident. */
const METHODS: Readonly<Record<BindingKind, string>> = {
  d1: 'prepare',
  kv: 'getWithMetadata',
  r2: 'createMultipartUpload',
  queue: 'sendBatch',
  object: 'getByName',
  service: 'fetch',
  analytics: 'writeDataPoint',
};

/** A binding of wrangler.toml. @typeParam Value what it is used as; that it is one of the kind is all that is checked */
export function binding<Value extends object>(kind: BindingKind): Requirement<Value> {
  return {
    isMet: (value): value is Value => typeof value === 'object' && value !== null && METHODS[kind] in value,
    form: `a binding of ${BINDING_KINDS[kind].table}`,
    remedy: (name) => howToBind(name, kind),
  };
}

/** A text of `[vars]`. */
export function variable(pattern: RegExp = /[^]/, form = 'a text'): Requirement<string> {
  return { ...text(pattern, form), remedy: (name) => howToSet(name, false) };
}

/** A secret, whose value is never shown. */
export function secret(pattern: RegExp = /[^]/, form = 'a text'): Requirement<string> {
  return { ...text(pattern, form), remedy: (name) => howToSet(name, true) };
}

function text(pattern: RegExp, form: string): Omit<Requirement<string>, 'remedy'> {
  return { isMet: (value): value is string => typeof value === 'string' && pattern.test(value), form };
}

type Requirements = Readonly<Record<string, Requirement<unknown>>>;
export type CheckedEnv<Required extends Requirements> = {
  readonly [Name in keyof Required]: Required[Name] extends Requirement<infer Value> ? Value : never;
};

/**
 * The environment of the platform, or what `withEnv` has put in its place; each part is read and checked when it is used.
 *
 * @throws ServiceError `misconfigured` at that use
 */
export function getEnv<const Required extends Requirements>(requirements: Required): CheckedEnv<Required> {
  const checked = {};
  for (const name of Object.keys(requirements)) {
    const get = (): unknown => {
      checkEnv(platformEnv, { [name]: requirements[name] ?? binding('service') });
      return Reflect.get(platformEnv, name);
    };
    Object.defineProperty(checked, name, { get, enumerable: true });
  }
  return checked as CheckedEnv<Required>; // a getter for each name, whose value has been checked
}

/** Checks everything at once. @throws ServiceError `misconfigured` that names all that is missing or malformed, and no value */
export function checkEnv(env: object, requirements: Requirements): void {
  const problems = Object.entries(requirements).flatMap(([name, { isMet, form, remedy }]) => {
    const value: unknown = Reflect.get(env, name);
    if (isMet(value)) return [];
    return `${name} ${value === undefined || value === '' ? 'is missing' : `is not ${form}`} (${remedy(name)})`;
  });
  if (problems.length > 0) throw new ServiceError('misconfigured', `The Worker is not configured: ${problems.join('; ')}`);
}

/** Runs `work`, and whatever it begins, with other values in the environment: for tests, and for what only one request has. */
export function withEnv<Result>(values: object, work: () => Result): Result {
  return withPlatformEnv({ ...platformEnv, ...values }, work) as Result; // what `work` returns
}

/**
 * Stands for a binding at module level, where frameworks evaluate modules at build time and there is none: `find` is asked at every use.
 * `lazyBinding(() => getEnv({ DB: binding<D1Database>('d1') }).DB)`
 */
export function lazyBinding<Value extends object>(find: () => Value): Value {
  const handler: ProxyHandler<Value> = {
    get(_nothing, name) {
      const found = find();
      const value: unknown = Reflect.get(found, name);
      return typeof value === 'function' ? (value.bind(found) as unknown) : value;
    },
    has: (_nothing, name) => name in find(),
  };
  return new Proxy({} as Value, handler); // has what `find` finds
}
