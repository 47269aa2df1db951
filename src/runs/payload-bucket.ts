/** Bytes of a run that are too many for a row: in R2 under their hash, so that what is stored twice is there once. They go with their run. */
import { toHex } from '../lib/hex.ts';
import { isPlainObject } from '../lib/plain-object.ts';
import type { RunAddress } from './run-address.ts';
import { SpilledBytes } from './spilled-bytes.ts';

/** What is not larger stays in its row. */
export const SPILL_BYTES = 1024 * 1024;

export class PayloadBucket {
  readonly #bucket: R2Bucket;
  readonly #address: () => RunAddress;

  constructor(bucket: R2Bucket, address: () => RunAddress) {
    this.#bucket = bucket;
    this.#address = address;
  }

  /** Puts large bytes away. @returns the value, with what stands for them */
  async spill(value: unknown): Promise<unknown> {
    return replaceLeaves(value, async (leaf) => {
      if (!isLarge(leaf)) return leaf;
      const bytes = leaf.slice();
      const digest = await crypto.subtle.digest('SHA-256', bytes);
      const sha256 = toHex(new Uint8Array(digest));
      await this.#bucket.put(this.#folder + sha256, bytes);
      return new SpilledBytes(sha256, bytes.byteLength);
    });
  }

  /** The value with its bytes again. @throws Error when R2 has them no more */
  async resolve<Value>(value: Value): Promise<Value> {
    const resolved = await replaceLeaves(value, async (leaf) => {
      if (!(leaf instanceof SpilledBytes)) return leaf;
      const object = await this.#bucket.get(this.#folder + leaf.sha256);
      if (object === null) throw new Error(`the bucket of payloads has no ${leaf.sha256} of this run`);
      return new Uint8Array(await object.arrayBuffer());
    });
    return resolved as Value; // of the same shape
  }

  /** Removes everything of the run. */
  async clear(): Promise<void> {
    for (let isMore = true; isMore;) {
      const { objects, truncated } = await this.#bucket.list({ prefix: this.#folder });
      if (objects.length > 0) await this.#bucket.delete(objects.map(({ key }) => key));
      isMore = truncated;
    }
  }

  get #folder(): string {
    const { tenant, app, runId } = this.#address();
    return `payloads/${tenant}/${app}/${runId}/`;
  }
}

/** Whether there is something in a value that a row does not take. */
export function hasLargeBytes(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasLargeBytes);
  return isPlainObject(value) ? Object.values(value).some(hasLargeBytes) : isLarge(value);
}

function isLarge(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && value.byteLength > SPILL_BYTES;
}

/** A copy of a value, in which everything that is no array and no plain object is what `replace` says. */
async function replaceLeaves(value: unknown, replace: (leaf: unknown) => Promise<unknown>): Promise<unknown> {
  if (Array.isArray(value)) return Promise.all(value.map(async (entry: unknown) => replaceLeaves(entry, replace)));
  if (!isPlainObject(value)) return replace(value);
  const members = Object.entries(value).map(async ([name, member]) => [name, await replaceLeaves(member, replace)] as const);
  return Object.fromEntries(await Promise.all(members));
}
