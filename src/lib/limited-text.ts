/** Texts that come from elsewhere, of which nobody knows how long they are. */

/**
 * The text of a stream, of which no more is read than it may have.
 *
 * @param heard is told of each part that has come
 * @returns null where it is longer
 */
export async function readLimitedText(
  stream: ReadableStream | null,
  maxCharacters: number,
  heard: () => void = () => undefined,
): Promise<string | null> {
  const decoder = new TextDecoder();
  const parts: string[] = [];
  let characters = 0;
  for await (const chunk of stream ?? []) {
    heard();
    const part = decoder.decode(chunk as Uint8Array, { stream: true }); // bodies are of bytes
    characters += part.length;
    if (characters > maxCharacters) return null;
    parts.push(part);
  }
  parts.push(decoder.decode());
  return parts.join('');
}
