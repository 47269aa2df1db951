/** The one Node module that the Worker's code may import, as far as it is used: Worker types declare no Node modules. */
declare module 'node:async_hooks' {
  /** A value that follows a request through its asynchronous calls. @see https://developers.cloudflare.com/workers/runtime-apis/nodejs/asynclocalstorage/ */
  export class AsyncLocalStorage<Store> {
    static snapshot(): <Arguments extends unknown[], Result>(callback: (...values: Arguments) => Result, ...values: Arguments) => Result;
    getStore(): Store | undefined;
    run<Result>(store: Store, callback: () => Result): Result;
  }
}
