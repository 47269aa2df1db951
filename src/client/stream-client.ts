/** The streams of one tenant. */
import { Connection } from './connection.ts';
import type { ClientOptions } from './connection.ts';
import { follow } from './follow.ts';
import type { FollowOptions, StreamEvent } from './follow.ts';
import { readResponse } from './stream-part.ts';
import type { StreamPart } from './stream-part.ts';
import { StreamProducer } from './stream-producer.ts';
import type { ProducerOptions } from './stream-producer.ts';

/** What a stream is created as. */
export interface NewStream {
  /** default application/json */
  contentType?: string;
  /** how long it lives after its last use, in seconds; default: until it is removed */
  ttlSec?: number;
  /** how long and how much of it is kept at least, of the latest messages; default: everything */
  retention?: { ageSec?: number; bytes?: number };
}

/** The streams of a tenant: `createClient(…).streams`, or by itself, where nothing else is needed. */
export class StreamClient {
  readonly #connection: Connection;

  /** @throws TypeError for a URL that is none */
  constructor(options: ClientOptions) {
    this.#connection = new Connection(options);
  }

  /** Creates a stream, or makes sure that it exists as this. @throws SteamerError `conflict` where it is another */
  async create(name: string, { contentType = 'application/json', ttlSec, retention }: NewStream = {}): Promise<void> {
    const headers: Record<string, string> = { 'content-type': contentType };
    const numbers = { 'stream-ttl': ttlSec, 'stream-retention-seconds': retention?.ageSec, 'stream-retention-bytes': retention?.bytes };
    for (const [header, value] of Object.entries(numbers)) if (value !== undefined) headers[header] = `${value}`;
    await this.#connection.stream('PUT', name, { headers });
  }

  /**
   * What stands behind an offset at the moment, or a part of it: read on from the part's own offset until it is up to date.
   *
   * @param offset default: the beginning
   * @throws SteamerError `not_found`, `gone` and others of the service
   */
  async read<Value = unknown>(name: string, offset = '-1'): Promise<StreamPart<Value>> {
    return readResponse<Value>(await this.#connection.stream('GET', name, { query: { offset } }));
  }

  /**
   * All messages from an offset on, in order and each once: those there are, and then those that come. Lost connections are made again, from the
   * last message; while nobody asks for the next one, the service is told to wait. Ends with the stream.
   *
   * JSON messages are values. Others are bytes, one message each over WebSockets, and what there is in one piece where those do not get through.
   *
   * @throws SteamerError when the service refuses for good; the reason of `signal` when that is aborted
   */
  follow<Value = unknown>(name: string, options: FollowOptions = {}): AsyncGenerator<StreamEvent<Value>, void, void> {
    return follow<Value>(this.#connection, name, options);
  }

  /** A writer of a stream, whose messages are stored in order and each once, however often they have to be sent. */
  producer(name: string, options: ProducerOptions = {}): StreamProducer {
    return new StreamProducer(this.#connection, name, options);
  }

  /** Closes the stream behind its last message, for good. */
  async close(name: string): Promise<void> {
    await this.#connection.stream('POST', name, { headers: { 'stream-closed': 'true' } });
  }

  /** Deletes the stream with everything in it. */
  async remove(name: string): Promise<void> {
    await this.#connection.stream('DELETE', name, {});
  }
}
