/**
 * Where a key is counted, and under which name: what its object knows it by, so that nothing which a caller has written becomes a name (96 bits of its SHA-256), and
 * the object.
 */
export type KeyAddress = readonly [hash: string, shard: number];

/** @param partition what the key belongs to; all keys of one are counted by one object */
export async function keyAddress(key: string, partition: string, shards: number): Promise<KeyAddress> {
  const words = await sha256(key);
  const [spread = 0] = partition === key ? words : await sha256(partition);
  return [words.slice(0, 3).join(), spread % shards];
}

async function sha256(text: string): Promise<Uint32Array> {
  return new Uint32Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
}
