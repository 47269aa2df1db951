const NOTHING = Buffer.alloc(0);
const HEAD_END = '\r\n\r\n';

/**
 * Cuts the bytes of a connection into HTTP/1.1 messages, requests as well as responses.
 *
 * Node's own client and server cost several times the CPU that a Worker is measured at, and would be what is measured.
 * Knows the one framing that workerd and the harness use, `Content-Length`; a message without it has no body.
 */
export class HttpMessages {
  readonly #onMessage: (head: string, body: Buffer) => void;
  #pending: Buffer = NOTHING;

  /** @param onMessage is called for every whole message; `head` is the start line and the headers */
  constructor(onMessage: (head: string, body: Buffer) => void) {
    this.#onMessage = onMessage;
  }

  /** @throws Error for a chunked message */
  push(chunk: Buffer): void {
    let bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    while (bytes.length > 0) {
      const headEnd = bytes.indexOf(HEAD_END);
      if (headEnd === -1) break;
      const head = bytes.toString('latin1', 0, headEnd);
      const bodyStart = headEnd + HEAD_END.length;
      const bodyEnd = bodyStart + contentLength(head);
      if (bytes.length < bodyEnd) break;
      this.#onMessage(head, bytes.subarray(bodyStart, bodyEnd));
      bytes = bytes.subarray(bodyEnd);
    }
    this.#pending = bytes;
  }
}

function contentLength(head: string): number {
  const length = /\r\ncontent-length: *(\d+)/i.exec(head);
  if (length) return Number(length[1]);
  if (/\r\ntransfer-encoding:/i.test(head)) throw new Error(`a chunked message where one with a length was expected:\n${head}`);
  return 0;
}
