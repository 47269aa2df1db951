/** Passwords at rest: argon2id as PHC strings, and the older forms that imported accounts may have. */
import Argon2 from '@phi-ag/argon2';
import wasm from '@phi-ag/argon2/argon2.wasm';
import { isSameText } from '../lib/same-text.ts';
import { sha256Hex } from '../lib/sha256.ts';
import type { AccountServices } from './services.ts';

/** OWASP's first choice: 19 MiB, 2 passes, 1 lane. A rise here rehashes each password at its next sign-in. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1, hashLength: 32 };
const CURRENT = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/;
const SHA256_HEX = /^[0-9a-f]{64}$/;

/** A hash of nobody's password, so that an unknown address costs what a known one does. */
export const NOBODYS_HASH = '$argon2id$v=19$m=19456,t=2,p=1$Tm9ib2R5J3Mgc2FsdCE$H6HbOK6Q/Inw2+XOfXa8gjytXFMqfn8r9FbyhxFeBtc';

/** One instance for the isolate: each has a memory of its own, which is never given back. */
let instance: Promise<Argon2> | null = null;

/** The PHC string of a password, with a random salt of 16 bytes. */
export async function hashPassword(password: string): Promise<string> {
  const argon2 = await loaded();
  return argon2.hash(utf8(password), PARAMETERS).encoded;
}

/**
 * Whether a password is the one of a hash: of a PHC string of argon2, SHA-256 in hex, which some systems had, or another form that an application knows.
 *
 * @param verifyImported for hashes that are neither
 */
export async function verifyPassword(hash: string, password: string, verifyImported: AccountServices['verifyImported']): Promise<boolean> {
  const isSha256 = SHA256_HEX.test(hash);
  if (!isSha256 && !hash.startsWith('$argon2')) return verifyImported(password, hash);
  const argon2 = await loaded();
  // Of SHA-256 as long as of any other: the time of the answer would tell whose account was imported.
  const { success } = argon2.tryVerify(isSha256 ? NOBODYS_HASH : hash, utf8(password));
  return isSha256 ? isSameText(hash, sha256Hex(password)) : success;
}

/** Whether a hash is of an older form or of lower parameters, and should be replaced when the password is known. */
export function isOutdated(hash: string): boolean {
  return !CURRENT.test(hash);
}

function loaded(): Promise<Argon2> {
  // The types know the overload that takes bytes and answers both only; of a module the instance comes back (WebAssembly JS API, 3.1).
  instance ??= WebAssembly.instantiate(wasm).then((made) => new Argon2(made));
  return instance;
}

/**
 * The library copies the UTF-8 of what it is given and takes `length` for the number of bytes: of a string with other characters than ASCII
 * it would leave the end out.
 */
function utf8(password: string): string {
  const text = { length: new TextEncoder().encode(password).byteLength, toString: () => password };
  return text as unknown as string; // it reads nothing else of a string
}
