/** What signed in, as a person recognises it in a list of sessions. */

const BROWSERS = [
  ['Edge', /\bEdgA?\//],
  ['Opera', /\bOPR\//],
  ['Firefox', /\b(?:Firefox|FxiOS)\//],
  ['Chrome', /\b(?:Chrome|CriOS)\//],
  ['Safari', /\bSafari\//],
] as const;
const SYSTEMS = [
  ['iPhone', /\biPhone\b/],
  ['iPad', /\biPad\b/],
  ['Android', /\bAndroid\b/],
  ['Windows', /\bWindows\b/],
  ['macOS', /\bMac OS X\b/],
  ['Linux', /\bLinux\b/],
] as const;
/** The first product of a User-Agent, "curl/8.5.0". */
const PRODUCT = /^[\w.+-]{1,40}(?:\/[\w.+-]{1,20})?/;

/** "Firefox on Linux", the product's own name for other programs, or "". Whatever the header says, it is short and harmless in a mail. */
export function deviceOf(userAgent: string | null): string {
  if (userAgent === null) return '';
  const named = (list: readonly (readonly [string, RegExp])[]) => list.find(([, pattern]) => pattern.test(userAgent))?.[0];
  const [browser, system] = [named(BROWSERS), named(SYSTEMS)];
  if (browser !== undefined) return system === undefined ? browser : `${browser} on ${system}`;
  return PRODUCT.exec(userAgent)?.[0] ?? '';
}
