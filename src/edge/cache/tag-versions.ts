/**
 * Versions of tags, in KV: to purge a tag is to give it another version, which is then in the keys of its answers. The isolate that purges forgets at once; others
 * hear of it when KV tells them, mostly within a minute, and keep nothing longer than its own time.
 */
import { logError } from '../../lib/log.ts';
import { SoleWork } from '../../lib/sole-work.ts';
import type { Later } from '../single-flight.ts';

/** What versions of tags work with; time and chance are arguments. */
export interface TagVersionsOptions {
  kv: Pick<KVNamespace, 'get' | 'put'>;
  nowMs: () => number;
  newVersion: () => string;
  sleep: (ms: number) => Promise<void>;
}

interface Known {
  version: string;
  readAtMs: number;
  /** into KV */
  writing: SoleWork;
}

const REMEMBERED_MS = 5_000;
const REMEMBERED_TAGS = 1_000;
/** KV takes one write a second of a key. */
const WRITE_EVERY_MS = 1_100;
/** A version that nobody asks for any more goes; an answer that was kept under it is long gone then. */
const KEPT_SEC = 30 * 24 * 3600;

/**
 * Versions of tags in KV. Whoever changes what a tag stands for gives it a new one, and answers of older ones count as absent:
 * everywhere within KV's minute, and in this isolate at once.
 */
export class TagVersions {
  readonly #options: TagVersionsOptions;
  readonly #known = new Map<string, Known>();

  constructor(options: TagVersionsOptions) {
    this.#options = options;
  }

  /** '' for a tag that was never purged; while KV cannot be read, too. */
  async versionOf(tag: string): Promise<string> {
    const { kv, nowMs } = this.#options;
    const known = this.#known.get(tag);
    if (known !== undefined && (this.#isWritten(known) || nowMs() < known.readAtMs + REMEMBERED_MS)) return known.version;
    const version = (await kv.get(nameOf(tag)).catch(() => known?.version)) ?? '';
    // One that was purged meanwhile has a later version.
    if (this.#known.get(tag) === known) this.#remember(tag, version);
    return this.#known.get(tag)?.version ?? version;
  }

  /** Forgets what is kept under a tag. */
  purge(tag: string, later: Later): void {
    const known = this.#remember(tag, this.#options.newVersion());
    if (this.#isWritten(known)) return; // it writes the last version when it can
    const written = known.writing.begin(this.#options.nowMs(), () => this.#write(tag, known.writing));
    later(written.catch((error: unknown) => logError('a purge is not told', error, { tag })));
  }

  #isWritten({ writing }: Known): boolean {
    return writing.underWay(this.#options.nowMs()) !== null;
  }

  async #write(tag: string, writing: SoleWork): Promise<void> {
    const { kv, nowMs, sleep } = this.#options;
    let written: string | undefined;
    while (written !== this.#known.get(tag)?.version) {
      if (written !== undefined) await sleep(WRITE_EVERY_MS);
      written = this.#known.get(tag)?.version;
      writing.goesOn(nowMs());
      await kv.put(nameOf(tag), written ?? '', { expirationTtl: KEPT_SEC });
    }
  }

  #remember(tag: string, version: string): Known {
    const known = { version, readAtMs: this.#options.nowMs(), writing: this.#known.get(tag)?.writing ?? new SoleWork() };
    this.#known.delete(tag);
    this.#known.set(tag, known);
    const [oldest] = this.#known;
    if (this.#known.size > REMEMBERED_TAGS && oldest !== undefined && !this.#isWritten(oldest[1])) this.#known.delete(oldest[0]);
    return known;
  }
}

function nameOf(tag: string): string {
  return `tags/${tag}`;
}
