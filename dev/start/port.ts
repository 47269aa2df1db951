import { createServer } from 'node:net';
import { StartError } from './start-error.ts';

const ASK_WITHIN_MS = 1_000;

/**
 * Makes sure that nothing listens on the port.
 *
 * @throws StartError that names the port, says whether Steamer itself has it, and what to do
 */
export async function requireFreePort(port: number): Promise<void> {
  const code = await bindError(port);
  if (code === null) return;
  if (code !== 'EADDRINUSE') throw new StartError(`port ${port} cannot be used (${code}); choose another: npm start -- --port 8788`);
  const holder = (await isSteamer(port)) ? `by Steamer itself, which already runs at http://127.0.0.1:${port}` : 'by another program';
  const other = port === 65_535 ? 8787 : port + 1;
  throw new StartError(`port ${port} is taken ${holder}; stop that, or choose another port: npm start -- --port ${other}`);
}

function bindError(port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(null)));
  });
}

async function isSteamer(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(ASK_WITHIN_MS) });
    const answer: unknown = await response.json();
    return typeof answer === 'object' && answer !== null && 'name' in answer && answer.name === 'steamer';
  } catch {
    return false;
  }
}
