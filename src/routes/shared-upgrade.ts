/** The upgrade of a request to a socket that follows several streams of its tenant. */
import { ServiceError } from '../lib/errors.ts';
import type { DirectoryNews, Watcher } from '../objects/stream-hub/directory-rpc.ts';
import type { StreamDirectoryStub } from '../objects/stubs.ts';
import { upgradeUrl } from '../objects/upgrade-url.ts';
import { credentialOf } from '../wire/principal.ts';
import { tenantOf } from './route.ts';
import type { RequestContext } from './route.ts';
import { SharedSocket } from './shared-socket.ts';
import type { WatchEvents } from './shared-socket.ts';
import { positionOf } from './stream-position.ts';
import { readMember } from './stream-presence.ts';
import { mayAppendTo, openSocket } from './stream-socket.ts';
import { makeReadable } from './stream-target.ts';
import { readEcho, refuseUpgrade, upgraded } from './stream-upgrade.ts';

/**
 * Makes a socket of the request that follows nothing yet.
 *
 * @throws ServiceError `forbidden` for a page of an origin that may not read the tenant, `unauthenticated` for a ticket that was used
 */
export async function upgradeShared(context: RequestContext): Promise<Response> {
  const refusal = await refuseUpgrade(context);
  if (refusal) return refusal;
  const { principal, services } = context;
  const tenant = tenantOf(context);
  const hearsItself = readEcho(context);
  const credential = credentialOf(principal);
  const directory = services.streamDirectory(tenant);
  const covered = await useTicket(context, directory);
  const { 0: client, 1: server } = new WebSocketPair();
  // Lives as long as its socket, which keeps it.
  void new SharedSocket(server, {
    check: ({ name }, presence) => {
      readMember(presence, principal);
      if (!name.startsWith(covered)) throw new ServiceError('forbidden', `The ticket is for streams below ${covered}.`);
    },
    stream: (name, presence) => {
      const hub = services.streamHub(tenant, name);
      return {
        locate: async (from) => {
          await makeReadable(context, name, hub);
          return positionOf(hub, from);
        },
        connect: (from) =>
          openSocket(
            services,
            { tenant, name },
            {
              from,
              ticket: null,
              mayAppend: mayAppendTo(name, principal),
              hearsItself,
              member: readMember(presence, principal),
              credential,
            },
          ),
      };
    },
    watch: (prefix, tell) => watch(directory, { prefix, credential }, tell),
  });
  return upgraded(client);
}

/** The prefix of all names that the socket may follow: a ticket's, else none. */
async function useTicket({ principal }: RequestContext, directory: StreamDirectoryStub): Promise<string> {
  const ticket = principal?.ticket;
  if (!ticket) return '';
  if (ticket.covers === 'stream') throw new ServiceError('forbidden', `The ticket is for a socket on the stream ${ticket.name} alone.`);
  if (await directory.useTicket(ticket.id, ticket.expiresAtMs)) return ticket.name;
  throw new ServiceError('unauthenticated', 'The ticket was used before; fetch another.');
}

/** Hears of the streams of a prefix over a hibernating socket to the tenant's directory. */
async function watch(directory: StreamDirectoryStub, watcher: Watcher, tell: WatchEvents): Promise<() => void> {
  const { status, webSocket } = await directory.fetch(upgradeUrl(watcher), { headers: { upgrade: 'websocket' } });
  if (status === 401) throw new ServiceError('unauthenticated', 'The key or session is no more.');
  if (!webSocket) throw new ServiceError('unavailable', 'The streams of the prefix cannot be watched at the moment.');
  let isOver = false;
  webSocket.addEventListener('message', ({ data }) => {
    const news = JSON.parse(String(data)) as DirectoryNews; // the directory's word
    if (isOver) return;
    if ('came' in news) tell.came(news.came);
    else tell.there(news.there);
  });
  webSocket.addEventListener('close', ({ code }) => isOver || tell.ended(code));
  webSocket.accept();
  return () => {
    isOver = true;
    webSocket.close();
  };
}
