/** How the service's isolates ask an object for a socket: an upgrade has nothing but a URL, so what is asked for stands there. */

/** The URL of an upgrade that asks for this. */
export function upgradeUrl(asked: object): string {
  return `https://object/?${encodeURIComponent(JSON.stringify(asked))}`;
}

/** What the URL of an upgrade asks for: isolates of the service have made it, of the type that the object takes, and nobody else can. */
export function readUpgradeUrl(url: string): unknown {
  return JSON.parse(decodeURIComponent(new URL(url).search.slice(1)));
}
