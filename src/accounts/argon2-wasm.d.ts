/** The bundler hands a WebAssembly file over as a compiled module: the runtime compiles none itself. */
declare module '@phi-ag/argon2/argon2.wasm' {
  const module: WebAssembly.Module;
  export default module;
}
