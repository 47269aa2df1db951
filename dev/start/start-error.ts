/** A reason to end that needs no stack: its message says what happened and what to do. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
