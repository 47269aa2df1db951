/** How the service's isolates ask a tenant's directory for a socket that watches streams. */

export interface Watcher {
  prefix: string;
  /** what it was opened with, and ends with */
  credential: string;
}

/** The URL of an upgrade. */
export function watchUrl(watcher: Watcher): string {
  return `https://directory/?${encodeURIComponent(JSON.stringify(watcher))}`;
}

/** What the URL of an upgrade asks for: isolates of the service have made it, and nobody else can. */
export function readWatchUrl(url: string): Watcher {
  return JSON.parse(decodeURIComponent(new URL(url).search.slice(1))) as Watcher; // made by `watchUrl`
}
