/** What a Worker has in V8's heap, by the DevTools protocol. */

/** @returns bytes, of garbage too when it was not collected before; not what the process has besides */
export async function heapBytes(inspectorPort: number): Promise<number> {
  const targets = (await (await fetch(`http://127.0.0.1:${inspectorPort}/json`)).json()) as { webSocketDebuggerUrl: string }[]; // the protocol's list
  const socket = new WebSocket(targets[0]?.webSocketDebuggerUrl ?? '');
  try {
    const answer = new Promise<string>((resolve, reject) => {
      socket.addEventListener('open', () => socket.send(JSON.stringify({ id: 1, method: 'Runtime.getHeapUsage' })));
      socket.addEventListener('message', ({ data }) => resolve(String(data)), { once: true });
      socket.addEventListener('error', () => reject(new Error(`nobody to inspect at port ${inspectorPort}`)), { once: true });
    });
    const { result } = JSON.parse(await answer) as { result: { usedSize: number } }; // the answer to the one question
    return result.usedSize;
  } finally {
    socket.close();
  }
}
