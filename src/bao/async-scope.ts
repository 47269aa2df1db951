/** Values that follow a call through everything it awaits. Node has AsyncLocalStorage always, a Worker where a compatibility flag asks for it. */
import type { AsyncLocalStorage } from 'node:async_hooks';

interface AsyncHooks {
  AsyncLocalStorage: new <Store>() => AsyncLocalStorage<Store>;
}

/** What to do in a Worker that has no AsyncLocalStorage. */
export const ENABLE_ASYNC_STORAGE = 'set compatibility_flags = ["nodejs_als"] (or ["nodejs_compat"]) in wrangler.toml';

// A static import would keep a Worker without the flag from loading at all. The module registry answers a dynamic one before the first
// event; where it can be asked synchronously, it is.
let hooks: AsyncHooks | null = builtinHooks();
if (hooks === null)
  void import('node:async_hooks').then(
    (module) => (hooks = module),
    () => null, // there is none: `isAvailable` says so
  );

/** One value per running call. */
export class AsyncScope<Store> {
  #storage: AsyncLocalStorage<Store> | null = null;

  /** Whether the platform can keep the value. */
  get isAvailable(): boolean {
    return hooks !== null;
  }

  /** The value of the running code; undefined outside of every `run`. */
  getStore(): Store | undefined {
    return this.#storage?.getStore();
  }

  /** Runs `callback` with the value. Where the platform cannot keep it, `callback` just runs: ask `isAvailable` first. */
  run<Result>(store: Store, callback: () => Result): Result {
    if (hooks === null) return callback();
    this.#storage ??= new hooks.AsyncLocalStorage<Store>();
    return this.#storage.run(store, callback);
  }
}

function builtinHooks(): AsyncHooks | null {
  // Node's global, which Worker types do not declare; Workers have it with newer compatibility dates.
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  return (process?.getBuiltinModule?.('node:async_hooks') as AsyncHooks | undefined) ?? null; // it is the module of that name
}
