/** One call of an object that does nothing: what any answer from an object costs at least. The path may say how many characters come back, or that a row is to be durable before. */
import { DurableObject } from 'cloudflare:workers';

interface Env {
  EMPTY: DurableObjectNamespace<Empty>;
}

/** As long as the row of a journal with one write in it. */
const ROW = 'x'.repeat(300);

export class Empty extends DurableObject {
  #hasTable = false;

  answer(length: number): string {
    return length === 0 ? 'hello' : 'x'.repeat(length);
  }

  /** The runtime answers when the row is durable: one commit, which is one fsync. */
  commit(): string {
    const { sql } = this.ctx.storage;
    if (!this.#hasTable) sql.exec('CREATE TABLE IF NOT EXISTS rows (slot INTEGER PRIMARY KEY, row TEXT)');
    this.#hasTable = true;
    sql.exec('INSERT OR REPLACE INTO rows VALUES (1, ?)', ROW);
    return 'committed';
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const stub = env.EMPTY.get(env.EMPTY.idFromName('bench'));
    const asked = new URL(request.url).pathname.slice(1);
    return new Response(await (asked === 'commit' ? stub.commit() : stub.answer(Number(asked))));
  },
};
