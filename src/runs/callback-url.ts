/** Which URLs the service calls back. */
import { parseAddress } from '../lib/ip-address.ts';

const PRIVATE_NAME = /(?:^|\.)(?:localhost|local|internal|home\.arpa)\.?$/;
const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/**
 * Why a URL can be none that is called back, or null when it can: callers are not to make the service call what only it can reach.
 *
 * @param mayBeLoopback in development apps are on this machine
 */
export function whyNotACallbackUrl(text: string, mayBeLoopback: boolean): string | null {
  const url = URL.parse(text);
  if (url === null) return `expected a URL, got ${JSON.stringify(text.slice(0, 80))}`;
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    return 'expected a URL without user, query and fragment';
  if (LOOPBACK.test(url.hostname) && mayBeLoopback) return null;
  const address = url.hostname.replaceAll(/^\[|\]$/g, '');
  const isPublicName = url.hostname.includes('.') && !PRIVATE_NAME.test(url.hostname) && parseAddress(address) === null;
  if (url.protocol === 'https:' && isPublicName) return null;
  return `expected https and a public name${mayBeLoopback ? ', or a loopback address' : ''}, got ${url.origin}`;
}
