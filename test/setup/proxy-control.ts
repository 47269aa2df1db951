/** Talks to the shared fault-injecting proxy over HTTP, from Node and from workerd, within the scope of one test file. */
import type { Fault } from '../../dev/faults/proxy-faults.ts';
import type { RecordedRequest } from '../../dev/faults/proxy-log.ts';

/** The proxy as one test file sees it: only requests whose body contains its scope. */
export interface ProxyControl {
  /** the requests so far, in the order they arrived; of one operation or of all */
  requests(operation?: string): Promise<RecordedRequest[]>;
  /** how many of each operation */
  counts(): Promise<Record<string, number>>;
  /** breaks the next requests that match; its `contains` narrows within the scope */
  inject(fault: Fault): Promise<void>;
  /** resolves once `count` requests (default 1) of the scope are held by a fault of kind `hold` */
  whenHeld(count?: number, operation?: string): Promise<void>;
  /** lets held requests go on; returns how many did */
  release(operation?: string): Promise<number>;
  /** forgets the scope's requests and faults, and lets held requests go on */
  reset(): Promise<void>;
}

/**
 * @param proxyUrl `inject('dynamodbProxy')`
 * @param scope text in every request of this file and in no other's: its table name, or its tenant
 */
export function proxyControl(proxyUrl: string, scope: string): ProxyControl {
  const ask = async (method: string, path: string, query: Record<string, string | undefined>, body?: unknown): Promise<unknown> => {
    const url = new URL(`/__proxy/${path}`, proxyUrl);
    for (const [name, value] of Object.entries({ contains: scope, ...query }))
      if (value !== undefined) url.searchParams.append(name, value);
    const response = await fetch(url, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    if (!response.ok) throw new Error(`proxy: ${method} ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  const control: ProxyControl = {
    requests: async (operation) => (await ask('GET', 'requests', { operation })) as RecordedRequest[], // the proxy's own answer
    async counts() {
      const counts: Record<string, number> = {};
      for (const { operation } of await control.requests()) counts[operation] = (counts[operation] ?? 0) + 1;
      return counts;
    },
    inject: async (fault) => void (await ask('POST', 'faults', {}, { ...fault, contains: [scope, ...(fault.contains ?? [])] })),
    whenHeld: async (count = 1, operation) => void (await ask('GET', 'held', { operation, count: String(count) })),
    release: async (operation) => (await ask('POST', 'release', { operation })) as number, // the proxy's own answer
    async reset() {
      await ask('DELETE', 'faults', {});
      await ask('POST', 'release', {});
      await ask('DELETE', 'requests', {});
    },
  };
  return control;
}
