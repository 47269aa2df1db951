/** The list that the filter of usual passwords is made of. */
import { readFileSync } from 'node:fs';

const LIST = new URL('../../node_modules/@zxcvbn-ts/language-common/src/passwords.json', import.meta.url);
const COUNT = 3_000;
const MIN_CHARACTERS = 8;

/** The 3,000 most usual passwords that are long enough to be set, in lower case, the most usual first. */
export function commonPasswords(): string[] {
  const all = JSON.parse(readFileSync(LIST, 'utf8')) as string[]; // the package's own form
  const long = all.filter((password) => password.length >= MIN_CHARACTERS).map((password) => password.toLowerCase());
  return [...new Set(long)].slice(0, COUNT);
}
