/** The package carries no types. As a CommonJS module its default export is the module itself. */
declare module 'workerd' {
  export const version: string;
  const workerd: { default: string };
  export default workerd;
}
