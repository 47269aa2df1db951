/** A shop that keeps its systems in Steamer, without a key: the binding in wrangler.toml says which tenant it is, and what it may do. */
import { within } from 'steamer/edge';
import type { TenantServiceRpc } from 'steamer';

interface System {
  systemId: string;
  name: string;
}

interface Env {
  STEAMER: TenantServiceRpc;
}

/** As long a page waits for what it shows. */
const DEADLINE_MS = 2_000;

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname } = new URL(request.url);
    const [, id = ''] = /^\/systems\/([^/]+)$/.exec(pathname) ?? [];
    const systems = env.STEAMER.model<System>('systems');
    if (request.method === 'PUT') {
      const stored = await within(DEADLINE_MS, systems.put([id], await request.json<Partial<System>>()));
      const orders = env.STEAMER.stream('orders');
      await orders.create();
      await orders.append({ stored: id });
      return Response.json(stored);
    }
    const system = await within(DEADLINE_MS, systems.get(id));
    return system === null ? new Response('There is no such system.\n', { status: 404 }) : new Response(`${system.name}\n`);
  },
};
