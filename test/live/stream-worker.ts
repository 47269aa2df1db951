/** A Worker in front of one real stream, which says how often its object was built and how many sockets it holds. */
import { defineStreamDirectory, defineStreamHub, defineStreamRelay, streamHubName } from '../../src/objects/index.ts';
import type { StreamDirectoryNamespace, StreamHubEnv } from '../../src/objects/index.ts';
import type { CreateStream } from '../../src/objects/stream-hub/rpc.ts';
import { readerFrom } from '../../src/objects/stream-hub/socket-request.ts';
import { upgradeUrl } from '../../src/objects/upgrade-url.ts';
import type { StreamHubStub } from '../../src/objects/stubs.ts';
import { eventStream } from '../../src/routes/stream-sse.ts';

interface Env {
  STREAM_HUB: { getByName(name: string): StreamHubStub & Pick<StreamHub, 'countSockets'> };
  STREAM_DIRECTORY: StreamDirectoryNamespace;
}

const NEW: CreateStream = { contentType: 'text/plain', lifetime: null, retention: null, isClosed: false, messages: null, fork: null };

/** The objects run in the isolate that answers. */
let built = 0;

export class StreamHub extends defineStreamHub() {
  constructor(ctx: DurableObjectState, env: StreamHubEnv) {
    super(ctx, env);
    built++;
  }

  async countSockets(): Promise<number> {
    return this.ctx.getWebSockets().length;
  }
}

export class StreamDirectory extends defineStreamDirectory() {}
export class StreamRelay extends defineStreamRelay() {}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const hub = env.STREAM_HUB.getByName(streamHubName({ tenant: 'acme', name: 'silent' }));
    switch (new URL(request.url).pathname) {
      case '/created':
        return Response.json(await hub.create(NEW));
      case '/events':
        return followEvents(hub);
      case '/appended': {
        const data = new TextEncoder().encode(await request.text());
        const messages = { data, lengths: [data.byteLength] };
        return Response.json(await hub.append({ messages, contentType: 'text/plain', closes: false, producer: null, streamSeq: null }));
      }
      case '/sockets':
        return Response.json(await hub.countSockets());
      default:
        return Response.json(built);
    }
  },
};

/** All events of the stream, as its route hands them out. */
async function followEvents(hub: StreamHubStub): Promise<Response> {
  const from = { epoch: 0, position: 0 };
  const { webSocket: socket } = await hub.fetch(upgradeUrl(readerFrom(from)), { headers: { upgrade: 'websocket' } });
  if (!socket) return new Response(null, { status: 404 });
  return new Response(eventStream({ socket, from, cursor: null, encoding: 'text', lifeMs: 600_000 }));
}
