/** Creations of one stream, one after the other: a fork asks its source to keep its messages before it exists, and only one of several may. */
import { compare, recordOf } from './creation.ts';
import type { CreateResult, CreateStream, ForkRpc } from './rpc.ts';
import type { Stream } from './stream.ts';
import type { StreamHome } from './stream-home.ts';

export interface CreationsOptions {
  home: StreamHome;
  /** the stream's own name, by which its source knows it */
  name: () => string;
  source: (name: string) => ForkRpc;
}

export class Creations {
  readonly #options: CreationsOptions;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: CreationsOptions) {
    this.#options = options;
  }

  /** @returns the new stream, or why there is none */
  async create(request: CreateStream): Promise<Stream | CreateResult> {
    const created = this.#last.then(async () => this.#create(request));
    this.#last = created.catch(() => undefined); // who waits for its turn does not care how this one ended
    return created;
  }

  /** Whether the stream is a fork of this source. One that is being created counts; one whose creation was interrupted does not. */
  async isForkOf(source: string): Promise<boolean> {
    await this.#last;
    return this.#options.home.stream?.record.fork?.source === source;
  }

  async #create(request: CreateStream): Promise<Stream | CreateResult> {
    const { home, name, source } = this.#options;
    const present = compare(request, home.stream);
    if (present) return present;
    const held = request.fork && (await source(request.fork.name).holdFor(name(), request.fork, request.contentType));
    if (held && held.kind !== 'held')
      return held.kind === 'absent' ? { kind: 'no_source' } : held.kind === 'gone' ? { kind: 'source_gone' } : held;
    const nowMs = Date.now();
    const record = recordOf(request, held?.part ?? null, home.epochAt(nowMs), nowMs);
    const first = [held?.part.piece, request.messages].filter((messages) => messages != null);
    return home.create(record, first);
  }
}
