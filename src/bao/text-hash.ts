/** Tells texts apart in few characters: FNV-1a of 32 bits in base 36, which dynamo-bao's cursors hold too. It is no proof of anything. */
export function textHash(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(36);
}
