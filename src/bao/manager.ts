/** One configuration of the layer: which models there are, which table and store they use, whether a tenant is needed. */
import type { ItemStore } from '../dynamo/item-store.ts';
import { readConfiguration } from './configuration.ts';
import type { BaoConfig, BaoSettings, Configuration, ModelConstructor } from './configuration.ts';
import type { CursorKey } from './cursor.ts';
import type { PageCursors } from './cursors.ts';
import { ConfigurationError } from './errors.ts';
import { lastManager, rememberManager } from './last-manager.ts';
import type { Log } from './logging.ts';
import { OutsideCalls } from './outside-calls.ts';
import { platform } from './platform.ts';
import { bindModel, definitionOf } from './model-registry.ts';
import type { ModelClass } from './model-class.ts';
import { TENANT_REQUIRED, TenantContext } from './tenant-context.ts';

type ModelMap = Record<string, ModelConstructor>;

/** A configuration and its models. Make one with `initModels`. */
export class ModelManager<Models extends object = Record<string, ModelClass>> {
  #configuration: Configuration;
  /** the operations outside of batch contexts */
  readonly outsideCalls: OutsideCalls = new OutsideCalls();
  readonly #byName = new Map<string, ModelClass>();
  readonly #byPrefix = new Map<string, string>();
  /** the models of this configuration: classes whose statics use it, whatever is configured after it */
  readonly models: Models;

  constructor(configuration: Configuration, models: ModelMap) {
    this.#configuration = configuration;
    // All of them first: where one is unsound, none speaks to a manager that nobody gets.
    for (const [name, model] of Object.entries(models)) this.#check(name, model);
    const bound = Object.entries(models).map(([name, model]) => [name, this.#register(name, model)]);
    // Each bound class extends the one it stands for, so it has that one's type.
    this.models = Object.fromEntries(bound) as Models;
  }

  /**
   * The last manager that was configured; the first call before `initModels` makes one with the defaults, to register models with.
   * One manager serves all tenants: which of them an operation acts for is said by `TenantContext`.
   */
  static getInstance(_tenant: string | null = null): ModelManager {
    const known = lastManager();
    if (known !== null) return known;
    const manager = new ModelManager(readConfiguration({}), {});
    rememberManager(manager);
    return manager;
  }

  /** Configures the manager anew; its models stay. @throws ConfigurationError for an unknown logging level */
  async init(config: BaoSettings = {}): Promise<this> {
    this.#configuration = readConfiguration(config);
    return this;
  }

  get logger(): Log {
    return this.#configuration.logger;
  }

  get tableName(): string {
    return this.#configuration.tableName;
  }

  /** the keys that seal and open cursors; none: there are no cursors */
  get cursorKeys(): readonly CursorKey[] {
    return this.#configuration.cursorKeys;
  }

  /** what makes the cursors of query results of the keys; null: there are none */
  get cursors(): PageCursors | null {
    return this.#configuration.cursors;
  }

  get requiresBatchContext(): boolean {
    return this.#configuration.requiresBatchContext;
  }

  /** Adds a model, and returns the class that speaks to this manager. */
  registerModel(model: ModelConstructor): ModelClass {
    return this.#register(model.name, model);
  }

  /**
   * The model of a name: of its class, or the one it is configured under.
   *
   * @throws ConfigurationError when there is none
   */
  getModel(name: string): ModelClass {
    return this.#byName.get(name) ?? unknownModel(name);
  }

  knows(name: string): boolean {
    return this.#byName.has(name);
  }

  listModels(): string[] {
    return this.getModels().map((model) => definitionOf(model).name);
  }

  getModels(): ModelClass[] {
    return [...new Set(this.#byName.values())];
  }

  /** The tenant that operations of the running code act for, or null. */
  getTenantId(): string | null {
    return TenantContext.getCurrentTenant() ?? this.#configuration.fixedTenant;
  }

  /** The older name of `getTenantId`. */
  getTestId(): string | null {
    return this.getTenantId();
  }

  isTenancyEnabled(): boolean {
    return this.#configuration.isTenancyEnabled;
  }

  getIterationIndexName(): string {
    return this.#configuration.iterationIndexName;
  }

  /**
   * The tenant of an operation.
   *
   * @throws ConfigurationError when tenancy is enabled and there is none: never another one's data
   */
  requireTenant(): string | null {
    const tenant = this.getTenantId();
    if (tenant === null && this.#configuration.isTenancyEnabled) throw new ConfigurationError(TENANT_REQUIRED);
    return tenant;
  }

  /** A store for the tenant's rows. */
  storeFor(tenant: string | null): ItemStore {
    return this.#configuration.storeFor(tenant);
  }

  #check(name: string, model: ModelConstructor): ModelClass {
    if (!isModelClass(model)) throw new ConfigurationError(`Invalid model "${name}": must be a class that extends BaoModel`);
    const definition = definitionOf(model);
    const other = this.#byPrefix.get(definition.prefix);
    if (other !== undefined && other !== definition.name) {
      throw new ConfigurationError(`the prefix "${definition.prefix}" belongs to the model ${other} already`, definition.name);
    }
    this.#byPrefix.set(definition.prefix, definition.name);
    return model;
  }

  #register(name: string, model: ModelConstructor): ModelClass {
    const bound = bindModel(this.#check(name, model), this as unknown as ModelManager); // the type of `models` is of no concern to a model
    for (const key of new Set([name, definitionOf(bound).name])) this.#byName.set(key, bound);
    return bound;
  }
}

/**
 * Configures models, and returns their manager. The classes themselves use the last configuration they were given to;
 * `manager.models` always uses this one. Nothing is read, timed or minted before the first operation, so that a Worker can
 * configure its models at module scope.
 *
 * @throws ConfigurationError for an unsound model, two with one prefix, or none: `models` has to be given, or (in Node) `paths`
 */
export function initModels<Models extends object = Record<string, ModelClass>>(
  config: BaoSettings & { models?: Models | null } = {},
): ModelManager<Models> {
  const whole = platform().complete(config as BaoConfig); // each value of `models` is checked when it is registered
  const models = modelsOnly(whole.models ?? platform().loadModels(whole));
  const manager = new ModelManager<Models>(readConfiguration(whole), models);
  rememberManager(manager as unknown as ModelManager); // whoever asks for the last manager does not know its models' types
  return manager;
}

/** What a manifest over CommonJS modules has besides its models: the modules themselves, under the names that bundlers and Node give them. */
function modelsOnly(models: ModelMap): ModelMap {
  const isOfModule = (name: string) => ['default', 'module.exports', '__esModule'].includes(name);
  return Object.fromEntries(Object.entries(models).filter(([name, model]) => !isOfModule(name) || isModelClass(model)));
}

/** A class with BaoModel's statics, also when it comes from another copy of this module. */
export function isModelClass(model: unknown): model is ModelClass {
  return typeof model === 'function' && 'queryByIndex' in model && 'modelPrefix' in model;
}

function unknownModel(name: string): never {
  throw new ConfigurationError(`Model ${name} not found`);
}
