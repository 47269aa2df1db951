/** The clients' side of a Worker that executes operations for them: one WebSocket, and whatever was asked is lost with it. */
import type { OperationContext } from '../../src/dynamo/item-store.ts';
import type { ClientReply } from './random-client.ts';

export class StoreConnection {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (reply: ClientReply | null) => void>();
  #nextId = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#settle(String(data)));
    socket.addEventListener('close', () => this.#lose());
    socket.addEventListener('error', () => this.#lose());
  }

  static async open(port: number): Promise<StoreConnection> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
    const connection = new StoreConnection(socket);
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener('open', () => resolve(), { once: true });
      socket.addEventListener('error', () => reject(new Error(`no WebSocket at port ${port}`)), { once: true });
    });
    return connection;
  }

  /** @returns the answer, or null when the connection was lost first: nobody knows what became of the operation */
  call(operation: string, input: object, context: OperationContext): Promise<ClientReply | null> {
    if (this.#socket.readyState !== WebSocket.OPEN) return Promise.resolve(null);
    const id = this.#nextId++;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#socket.send(JSON.stringify({ id, operation, input, context }));
    });
  }

  close(): void {
    this.#socket.close();
  }

  #settle(text: string): void {
    const { id, result } = JSON.parse(text) as { id: number; result: ClientReply }; // of the Worker on the other side
    this.#waiting.get(id)?.(result);
    this.#waiting.delete(id);
  }

  #lose(): void {
    for (const resolve of this.#waiting.values()) resolve(null);
    this.#waiting.clear();
  }
}
