/** One call of an object that does nothing: what any answer from an object costs at least. The path may say how many characters come back. */
import { DurableObject } from 'cloudflare:workers';

interface Env {
  EMPTY: DurableObjectNamespace<Empty>;
}

export class Empty extends DurableObject {
  answer(length: number): string {
    return length === 0 ? 'hello' : 'x'.repeat(length);
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const length = Number(new URL(request.url).pathname.slice(1));
    return new Response(await env.EMPTY.get(env.EMPTY.idFromName('bench')).answer(length));
  },
};
