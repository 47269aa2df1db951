/** One configuration of the layer: which models there are, which table and store they use, whether a tenant is needed. */
import type { ItemStore } from '../dynamo/item-store.ts';
import { environmentVariables, readConfiguration } from './configuration.ts';
import type { BaoConfig, Configuration, ModelConstructor } from './configuration.ts';
import { ConfigurationError } from './errors.ts';
import { bindModel, definitionOf } from './model-registry.ts';
import type { ModelClass } from './model-class.ts';
import { TENANT_REQUIRED, TenantContext } from './tenant-context.ts';

type ModelMap = Record<string, ModelConstructor>;

let lastManager: ModelManager | null = null;

/** A configuration and its models. Make one with `initModels`. */
export class ModelManager<Models extends object = Record<string, ModelClass>> {
  readonly #configuration: Configuration;
  readonly #byName = new Map<string, ModelClass>();
  readonly #byPrefix = new Map<string, string>();
  /** the models of this configuration: classes whose statics use it, whatever is configured after it */
  readonly models: Models;

  constructor(configuration: Configuration, models: ModelMap) {
    this.#configuration = configuration;
    const bound = Object.entries(models).map(([name, model]) => [name, this.#register(name, model)]);
    // Each bound class extends the one it stands for, so it has that one's type.
    this.models = Object.fromEntries(bound) as Models;
  }

  /** The last manager that was configured. */
  static getInstance(): ModelManager {
    return lastManager ?? notInitialised();
  }

  get tableName(): string {
    return this.#configuration.tableName;
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

  #register(name: string, model: ModelConstructor): ModelClass {
    if (!isModelClass(model)) throw new ConfigurationError(`Invalid model "${name}": must be a class that extends BaoModel`);
    const definition = definitionOf(model);
    const other = this.#byPrefix.get(definition.prefix);
    if (other !== undefined && other !== definition.name) {
      throw new ConfigurationError(`the prefix "${definition.prefix}" belongs to the model ${other} already`, definition.name);
    }
    this.#byPrefix.set(definition.prefix, definition.name);
    const bound = bindModel(model, this as unknown as ModelManager); // the type of `models` is of no concern to a model
    for (const key of new Set([name, definition.name])) this.#byName.set(key, bound);
    return bound;
  }
}

/**
 * Configures models, and returns their manager. The classes themselves use the last configuration they were given to;
 * `manager.models` always uses this one.
 *
 * @throws ConfigurationError for an unsound model, or two with one prefix
 */
export function initModels<Models extends object = Record<string, ModelClass>>(
  config: Omit<BaoConfig, 'models'> & { models?: Models | null } = {},
): ModelManager<Models> {
  const models = (config.models ?? {}) as ModelMap; // each value is checked when it is registered
  const manager = new ModelManager<Models>(readConfiguration(config as BaoConfig, environmentVariables()), models);
  lastManager = manager as unknown as ModelManager; // whoever asks for the last manager does not know its models' types
  return manager;
}

/** A class with BaoModel's statics, also when it comes from another copy of this module. */
function isModelClass(model: unknown): model is ModelClass {
  return typeof model === 'function' && 'queryByIndex' in model && 'modelPrefix' in model;
}

function unknownModel(name: string): never {
  throw new ConfigurationError(`Model ${name} not found`);
}

function notInitialised(): never {
  throw new ConfigurationError('no models are initialised; call initModels');
}
