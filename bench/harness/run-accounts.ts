/** Runs the benchmark of accounts: the whole service on Miniflare, which has what raw workerd has not: D1, KV and Queues. */
import { randomBytes } from 'node:crypto';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { processCpuMs } from './cpu-time.ts';
import { memoryMb, workerdPid } from './miniflare-process.ts';
import type { StreamFigure } from './stream-benchmark.ts';
import { migrated, wholeService } from './whole-service.ts';

const ORIGIN = 'http://bench.test';
const PASSWORD = 'correct horse battery staple';
const WAYS = ['empty', 'session', 'key', 'kv', 'd1'] as const;
const ROUNDS = 10;
/** In each of the ways, and of each kind of address. */
const CHECKS = 20_000;
const HASHES = 1_000;
const SIGN_INS = 100;
const SAMPLES = 300;
const REVOCATIONS = 10_000;
/** Sign-ins that are not counted. */
const COLD = 5;

/** What is asked about an address. */
const REQUESTS: Readonly<Record<string, (service: Service, email: string) => Promise<void>>> = {
  'failed sign-in': (service, email) => service.post('login', { email, password: 'not the password' }, 401),
  register: (service, email) => service.post('register', { email, password: PASSWORD, fullName: 'Ada' }, 202),
  'forgot-password': (service, email) => service.post('forgot-password', { email }, 202),
  'resend-verification': (service, email) => service.post('resend-verification', { email }, 202),
};

/** @param scale how much is done: 1 for all */
export async function runAccounts(scale: number, onProgress: (line: string) => void): Promise<StreamFigure[]> {
  const part = (count: number) => Math.ceil(count * scale);
  await using service = await Service.start();
  // At once: what goes beside requests goes by a connection that does not outlive minutes without a word.
  await service.makeUsers([
    ...emailsOf('sign-in', part(SIGN_INS) + COLD),
    ...Object.keys(REQUESTS).flatMap((scenario) => emailsOf(scenario, part(SAMPLES))),
  ]);
  const parts: [string, () => Promise<StreamFigure[]>][] = [
    ['hashes', () => hashes(service, part(HASHES))],
    ['checks', () => checks(service, part(CHECKS / ROUNDS))],
    ['sign-ins', () => signIns(service, part(SIGN_INS))],
    ['known and unknown addresses', () => addresses(service, part(SAMPLES))],
    ['revocations', () => revocations(service, part(REVOCATIONS))],
  ];
  const figures: StreamFigure[] = [];
  for (const [name, measure] of parts) {
    onProgress(name);
    figures.push(...(await measure()));
  }
  return figures;
}

async function hashes(service: Service, count: number): Promise<StreamFigure[]> {
  await service.loop('hash', 3);
  const before = service.memoryMb();
  const cpuMs = await service.cpuMs(() => service.loop('hash', count));
  const figure = (metric: string, value: number) => ({ scenario: 'password', way: 'argon2id', metric, value });
  return [figure('CPU ms per hash', cpuMs / count), figure('more memory after all, MB', service.memoryMb() - before)];
}

/** The ways take turns, so that a slow minute of the machine meets all of them; of the rounds the median counts. */
async function checks(service: Service, count: number): Promise<StreamFigure[]> {
  const rounds = WAYS.map((way) => ({ way, cpuMicros: [] as number[] }));
  for (const way of WAYS) await service.loop(way, 100);
  for (let round = 0; round < ROUNDS; round++) {
    for (const { way, cpuMicros } of rounds) cpuMicros.push(((await service.cpuMs(() => service.loop(way, count))) * 1000) / count);
  }
  return rounds.map(({ way, cpuMicros }) => ({ scenario: 'check', way, metric: 'CPU µs', value: median(cpuMicros) }));
}

/** The first one of a user makes the object that owns its sessions, with a database of its own. */
async function signIns(service: Service, count: number): Promise<StreamFigure[]> {
  const emails = emailsOf('sign-in', count + COLD);
  const figures: StreamFigure[] = [];
  for (const scenario of ['first sign-in', 'sign-in']) {
    const spent = await samples(
      service,
      emails.map((email) => () => service.post('login', { email, password: PASSWORD }, 200)),
    );
    const warm = spent.slice(COLD);
    figures.push({ scenario, way: 'password', metric: 'wall ms', value: median(warm.map(({ wallMs }) => wallMs)) });
    figures.push({ scenario, way: 'password', metric: 'CPU ms', value: median(warm.map(({ cpuMs }) => cpuMs)) });
  }
  return figures;
}

/**
 * Each address is asked about once, so that no limit counts; known and unknown ones take turns. Whose sign-ins fail has signed in before, as people have:
 * the object that counts failures is made by the first sign-in of a user, and those that count for nobody are there, too.
 */
async function addresses(service: Service, count: number): Promise<StreamFigure[]> {
  const figures: StreamFigure[] = [];
  for (const email of emailsOf('failed sign-in', count)) await service.post('login', { email, password: PASSWORD }, 200);
  for (const [scenario, request] of Object.entries(REQUESTS)) {
    const addressed = emailsOf(scenario, count).flatMap((email) => [email, `nobody-${email}`]);
    const both = addressed.map((email) => () => request(service, email));
    const spent = (await samples(service, both)).map((sample, index) => ({ ...sample, way: index % 2 === 0 ? 'known' : 'unknown' }));
    for (const way of ['known', 'unknown']) {
      const ofWay = spent.filter((sample) => sample.way === way);
      figures.push({ scenario, way, metric: 'wall ms', value: median(ofWay.map(({ wallMs }) => wallMs)) });
      figures.push({ scenario, way, metric: 'CPU ms', value: median(ofWay.map(({ cpuMs }) => cpuMs)) });
    }
  }
  return figures;
}

function emailsOf(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${name.replaceAll(' ', '-')}-${index}@example.com`);
}

async function revocations(service: Service, count: number): Promise<StreamFigure[]> {
  const { stale } = (await service.loop('revocations', count)) as { stale: number };
  return [{ scenario: 'revocations beside checks', way: 'session', metric: 'stale accepts', value: stale }];
}

/** One after the other. */
async function samples(service: Service, requests: readonly (() => Promise<void>)[]): Promise<{ wallMs: number; cpuMs: number }[]> {
  const spent: { wallMs: number; cpuMs: number }[] = [];
  for (const request of requests) {
    const startedAtMs = performance.now();
    const cpuMs = await service.cpuMs(request);
    spent.push({ wallMs: performance.now() - startedAtMs, cpuMs });
  }
  return spent;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return ((sorted[(sorted.length - 1) >> 1] ?? NaN) + (sorted[sorted.length >> 1] ?? NaN)) / 2;
}

/** The service under measurement, with nothing in it. */
class Service implements AsyncDisposable {
  readonly #miniflare: Miniflare;
  readonly #pid: number;
  readonly #passwordHash: string;
  #posts = 0;

  constructor(miniflare: Miniflare, pid: number, passwordHash: string) {
    this.#miniflare = miniflare;
    this.#pid = pid;
    this.#passwordHash = passwordHash;
  }

  static async start(): Promise<Service> {
    const options = await wholeService('accounts', 'EMPTY');
    const miniflare = new Miniflare(
      convertV4MiniflareOptions({
        ...options,
        bindings: { ...options.bindings, PUBLIC_URL: ORIGIN },
        d1Databases: { DB: 'bench' },
        kvNamespaces: { SESSIONS: 'bench' },
      }),
    );
    await miniflare.ready;
    const pid = workerdPid();
    await migrated(miniflare, 'DB', 'accounts');
    const hashed = await miniflare.dispatchFetch(`${ORIGIN}/hash-of-password/${encodeURIComponent(PASSWORD)}`);
    return new Service(miniflare, pid, await hashed.text());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#miniflare.dispose();
  }

  async loop(name: string, count: number): Promise<unknown> {
    const response = await this.#miniflare.dispatchFetch(`${ORIGIN}/loop/${name}/${count}`);
    if (!response.ok) throw new Error(`the loop ${name} answered ${response.status}: ${await response.text()}`);
    return response.json();
  }

  async post(path: string, body: object, status: number): Promise<void> {
    // Each comes from another place: what is held back is of no interest here.
    const headers = {
      'content-type': 'application/json',
      'cf-connecting-ip': `10.${(this.#posts >> 16) & 255}.${(this.#posts >> 8) & 255}.${this.#posts++ & 255}`,
    };
    const init = { method: 'POST', headers, body: JSON.stringify(body) };
    const response = await this.#miniflare.dispatchFetch(`${ORIGIN}/v1/auth/${path}`, init);
    const text = await response.text();
    if (response.status !== status) throw new Error(`expected ${status} of ${path}, got ${response.status}: ${text}`);
  }

  /** Verified accounts with the one password. */
  async makeUsers(emails: readonly string[]): Promise<void> {
    const database = await this.#miniflare.getD1Database('DB');
    const insert = database.prepare(
      "INSERT INTO users (id, email, email_key, full_name, password_hash, email_verified_at_ms, created_at_ms) VALUES (?1, ?2, ?2, 'Ada', ?3, 1, 1)",
    );
    await database.batch(emails.map((email) => insert.bind(randomBytes(11).toString('hex'), email, this.#passwordHash)));
  }

  /** What workerd has used of the processors meanwhile. */
  async cpuMs(work: () => Promise<unknown>): Promise<number> {
    const before = processCpuMs(this.#pid);
    await work();
    return processCpuMs(this.#pid) - before;
  }

  memoryMb(): number {
    return memoryMb(this.#pid);
  }
}
