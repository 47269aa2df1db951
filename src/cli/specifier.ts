import { relative, sep } from 'node:path';

/** The specifier by which a module in `folder` imports `path`, both relative to the working folder: "./user.js", "../fields/email-field.js". */
export function specifierFrom(folder: string, path: string): string {
  const specifier = relative(folder, path).split(sep).join('/') || '.';
  return /^\.{1,2}(?:\/|$)/.test(specifier) ? specifier : `./${specifier}`;
}
