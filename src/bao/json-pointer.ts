/** JSON Pointers, which name the place of an issue in an input. @see RFC 6901 */
const STEP_MAX_CHARACTERS = 80;

/** "/address/city"; nothing for the whole. Steps that came from outside are cut at 80 characters. */
export function pointerOf(steps: readonly string[]): string {
  return steps.map((step) => `/${step.slice(0, STEP_MAX_CHARACTERS).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
