/** Ports of this machine. */
import { createServer, type AddressInfo } from 'node:net';

/** A port that nobody listens on: `wanted`, or any. Looked at first, because an engine that cannot bind would let its neighbour answer for it. */
export function findPort(wanted?: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new Error(`port ${wanted} is taken`, { cause: error }) : error);
    });
    server.listen(wanted ?? 0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo; // it listens on TCP
      server.close(() => resolve(port));
    });
  });
}
