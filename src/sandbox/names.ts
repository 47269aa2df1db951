/** What workflow code may mean by a name: everything that the host has besides the language itself has to stand here, so that the sandbox's own value, or undefined, hides it. */
export const SANDBOX_NAMES: readonly string[] = words(`
  globalThis self global exports module require process Buffer Math Date crypto console performance navigator scheduler caches
  Cloudflare fetch setTimeout setInterval clearTimeout clearInterval setImmediate clearImmediate queueMicrotask Request
  Response Headers FormData Blob File URL URLSearchParams URLPattern ReadableStream WritableStream TransformStream
  ReadableStreamDefaultReader WritableStreamDefaultWriter CompressionStream DecompressionStream TextEncoderStream
  TextDecoderStream TextEncoder TextDecoder structuredClone atob btoa DOMException AbortController AbortSignal Event
  EventTarget WebSocket WebSocketPair EventSource MessageChannel MessagePort BroadcastChannel HTMLRewriter WebAssembly
  addEventListener removeEventListener dispatchEvent origin
`);

/** The language itself: what a context has before anything is put into it. */
export const INTRINSICS: readonly string[] = words(`
  Object Function Array Number Boolean String Symbol BigInt Promise Proxy Reflect RegExp JSON Intl Error AggregateError
  EvalError RangeError ReferenceError SyntaxError TypeError URIError Map Set WeakMap WeakSet WeakRef FinalizationRegistry
  Iterator Infinity NaN undefined ArrayBuffer SharedArrayBuffer Atomics DataView Uint8Array Int8Array Uint8ClampedArray
  Uint16Array Int16Array Uint32Array Int32Array Float32Array Float64Array BigUint64Array BigInt64Array parseFloat parseInt
  isFinite isNaN decodeURI decodeURIComponent encodeURI encodeURIComponent escape unescape
`);

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}
