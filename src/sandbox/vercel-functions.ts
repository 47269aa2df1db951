/** Stands in for `@vercel/functions`. */
import { waitUntil as keepAlive } from 'cloudflare:workers';

/** Lets work go on after the answer of the invocation that it belongs to. */
export function waitUntil(work: Promise<unknown>): void {
  keepAlive(work);
}
