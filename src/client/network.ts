/** What a device says of its network. Browsers do; elsewhere there is always one, and nothing ever changes. */
interface Page {
  navigator?: { onLine?: boolean };
  addEventListener(type: string, work: () => void): void;
  removeEventListener(type: string, work: () => void): void;
}

const page = globalThis as unknown as Page; // on a platform that is no page, the first of it is not there and the rest not called

export function isOffline(): boolean {
  return page.navigator?.onLine === false;
}

/** Calls `work` whenever the network goes or comes. @returns ends it */
export function onNetwork(change: 'online' | 'offline', work: () => void): () => void {
  if (page.navigator?.onLine === undefined) return () => undefined;
  page.addEventListener(change, work);
  return () => page.removeEventListener(change, work);
}
