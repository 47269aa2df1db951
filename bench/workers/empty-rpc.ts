/** One call of an object that does nothing: what any answer from an object costs at least. */
import { DurableObject } from 'cloudflare:workers';

interface Env {
  EMPTY: DurableObjectNamespace<Empty>;
}

export class Empty extends DurableObject {
  answer(): string {
    return 'hello';
  }
}

export default {
  async fetch(_request: Request, env: Env): Promise<Response> {
    return new Response(await env.EMPTY.get(env.EMPTY.idFromName('bench')).answer());
  },
};
