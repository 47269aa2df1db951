/** Runs the benchmark of files: uploads on Miniflare, which has R2, in parts, one after the other. */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { serviceCompatibilityDate } from '../../dev/workerd/worker-config.ts';
import { FILE_PART_BYTES } from '../../src/wire/files.ts';
import { forgetPeak, memoryMb, workerdPid } from './miniflare-process.ts';
import type { StreamFigure } from './stream-benchmark.ts';
import { bundleWorker } from './workerd.ts';

const WAYS = ['files', 'R2'] as const;
const MEGABYTE = 1_000_000;
const SCENARIO = '400 MB after 200 MB';
/** R2 and the allocator take more with each of the first ones, whoever calls them. */
const WARM_UP_MB = [200, 200, 200, 200];
const PAUSE_MS = 2_000;

/** @param scale how much is sent: 1 for all */
export async function runFiles(scale: number, onProgress: (line: string) => void): Promise<StreamFigure[]> {
  const figures: StreamFigure[] = [];
  for (const way of WAYS) {
    await using service = await FileService.start();
    const peaks: number[] = [];
    for (const megabytes of [...WARM_UP_MB, 200, 400]) {
      onProgress(`${way}: ${megabytes * scale} MB`);
      peaks.push(await service.peakMb(() => service.upload(way, megabytes * scale * MEGABYTE)));
    }
    const [smaller = NaN, larger = NaN] = peaks.slice(-2);
    const figure = (metric: string, value: number) => figures.push({ scenario: SCENARIO, way, metric, value });
    figure('peak of the smaller, MB', smaller);
    figure('larger peak, MB', larger - smaller);
  }
  return figures;
}

/** The Worker under measurement, with nothing in its bucket. */
class FileService implements AsyncDisposable {
  readonly #miniflare: Miniflare;
  readonly #url: URL;
  readonly #pid: number;

  private constructor(miniflare: Miniflare, url: URL) {
    this.#miniflare = miniflare;
    this.#url = url;
    this.#pid = workerdPid();
  }

  static async start(): Promise<FileService> {
    const miniflare = new Miniflare(
      convertV4MiniflareOptions({
        modules: [{ type: 'ESModule', path: 'worker.js', contents: await bundleWorker('files') }],
        compatibilityDate: serviceCompatibilityDate(),
        durableObjects: { FILE_LEDGER: { className: 'FileLedger', useSQLite: true } },
        r2Buckets: { STORAGE: 'bench' },
      }),
    );
    return new FileService(miniflare, await miniflare.ready);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#miniflare.dispose();
  }

  /** What was in memory at most meanwhile. */
  async peakMb(work: () => Promise<void>): Promise<number> {
    await sleep(PAUSE_MS);
    forgetPeak(this.#pid);
    await work();
    return memoryMb(this.#pid, 'peak');
  }

  /** All parts have the same bytes, so that nothing here has the whole in memory. */
  async upload(way: string, size: number): Promise<void> {
    const part = Buffer.alloc(FILE_PART_BYTES, 'steamer ');
    const count = Math.ceil(size / part.byteLength);
    const partOf = (number: number) => (number < count ? part : part.subarray(0, size - (count - 1) * part.byteLength));
    const hash = createHash('sha256');
    for (let number = 1; number <= count; number++) hash.update(partOf(number));
    const { file } = (await this.#send('POST', `${way}/new/${size}`, hash.digest('hex'))) as { file: { id: string } }; // the Worker's answer
    const parts: unknown[] = [];
    for (let number = 1; number <= count; number++) parts.push(await this.#send('PUT', `${way}/${file.id}/${number}`, partOf(number)));
    await this.#send('POST', `${way}/${file.id}/complete`, JSON.stringify(parts));
  }

  async #send(method: string, path: string, body: string | Buffer): Promise<unknown> {
    const response = await fetch(new URL(path, this.#url), { method, body });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} was answered with ${response.status}: ${text.slice(0, 500)}`);
    return text === '' ? null : JSON.parse(text);
  }
}
