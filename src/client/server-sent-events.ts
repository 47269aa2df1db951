/** Server-Sent Events of an answer. `EventSource` sends no credentials of one's own, and is not there outside of browsers. */

export interface ServerSentEvent {
  id: string;
  event: string;
  data: string;
}

/** @param onBytes is told whenever something comes, comments included */
export async function* serverSentEvents(
  body: ReadableStream<Uint8Array>,
  onBytes: () => void,
): AsyncGenerator<ServerSentEvent, void, void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      onBytes();
      const blocks = (text + decoder.decode(value, { stream: true })).split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const event = eventOf(block);
        if (event.data !== '') yield event;
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined); // it is broken already
  }
}

function eventOf(block: string): ServerSentEvent {
  const event: ServerSentEvent = { id: '', event: 'message', data: '' };
  for (const line of block.split('\n')) {
    const [, name, value = ''] = /^(id|event|data): ?(.*)$/.exec(line) ?? [];
    if (name === 'data') event.data += event.data === '' ? value : `\n${value}`;
    else if (name === 'id' || name === 'event') event[name] = value;
  }
  return event;
}
