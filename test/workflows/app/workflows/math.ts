import { getBatchContextUsage, TenantContext } from '../../../../src/bao/for-services.ts';
import { FatalError, RetryableError, createHook, createWebhook, getStepMetadata, getWorkflowMetadata, getWritable, sleep } from 'workflow';

export async function add(a: number, b: number): Promise<number> {
  'use step';
  return a + b;
}

export async function addition(a: number, b: number): Promise<number> {
  'use workflow';
  return add(a, b);
}

export async function sequential(count: number): Promise<number> {
  'use workflow';
  let sum = 0;
  for (let index = 0; index < count; index++) sum = await add(sum, 1);
  return sum;
}

export async function parallel(count: number): Promise<number> {
  'use workflow';
  const sums = await Promise.all(Array.from({ length: count }, (_, index) => add(index, 1)));
  return sums.reduce((one, other) => one + other, 0);
}

async function slow(ms: number, value: string): Promise<string> {
  'use step';
  await new Promise((resolve) => setTimeout(resolve, ms));
  return value;
}

export async function racing(): Promise<string[]> {
  'use workflow';
  const first = await Promise.race([slow(2_000, 'slow'), slow(1, 'fast')]);
  const any = await Promise.any([failing('any'), slow(1, 'other')]).catch((error: unknown) => String(error));
  return [first, any];
}

async function failing(message: string): Promise<string> {
  'use step';
  throw new FatalError(message);
}

export async function failed(): Promise<string> {
  'use workflow';
  try {
    return await failing('on purpose');
  } catch (error) {
    return `caught ${error instanceof Error ? error.message : String(error)}`;
  }
}

export async function uncaught(): Promise<void> {
  'use workflow';
  throw new Error('nobody catches this');
}

async function flaky(): Promise<number> {
  'use step';
  const { attempt } = getStepMetadata();
  if (attempt < 3) throw new RetryableError(`attempt ${attempt}`, { retryAfter: 1 });
  return attempt;
}

export async function retried(): Promise<number> {
  'use workflow';
  return flaky();
}

export async function sleeping(): Promise<string> {
  'use workflow';
  await sleep('1s');
  await sleep('1s');
  return 'awake';
}

export async function hooked(token: string): Promise<unknown[]> {
  'use workflow';
  const hook = createHook<{ value: number }>({ token });
  const received = [];
  for await (const payload of hook) {
    received.push(payload.value);
    if (received.length === 3) break;
  }
  return received;
}

export async function webhooked(): Promise<unknown> {
  'use workflow';
  const webhook = createWebhook();
  await tell(webhook.url);
  const request = await webhook;
  return read(request);
}

async function tell(url: string): Promise<void> {
  'use step';
  const writer = getWritable<string>().getWriter();
  await writer.write(url);
  await writer.close();
}

async function read(request: Request): Promise<unknown> {
  'use step';
  return request.json();
}

async function write(count: number): Promise<void> {
  'use step';
  const writer = getWritable<{ index: number }>().getWriter();
  for (let index = 0; index < count; index++) await writer.write({ index });
  await writer.close();
}

async function writeTimes(count: number, everyMs: number): Promise<void> {
  'use step';
  const writer = getWritable<{ atMs: number }>().getWriter();
  for (let index = 0; index < count; index++) {
    if (everyMs > 0) await new Promise((resolve) => setTimeout(resolve, everyMs));
    await writer.write({ atMs: Date.now() });
  }
  await writer.close();
}

export async function timed(count: number, everyMs: number): Promise<void> {
  'use workflow';
  await writeTimes(count, everyMs);
}

export async function streaming(count: number): Promise<string> {
  'use workflow';
  await write(count);
  return 'written';
}

export async function bytes(): Promise<string> {
  'use workflow';
  return nullByte();
}

async function nullByte(): Promise<string> {
  'use step';
  return 'null byte \0';
}

async function larger(text: string): Promise<string> {
  'use step';
  return text + text;
}

/** Each value is too large for a row, and comes out of a step, into another, and out of the workflow. */
export async function growing(text: string): Promise<number> {
  'use workflow';
  const twice = await larger(text);
  return (await larger(twice)).length;
}

async function address(): Promise<string> {
  'use step';
  return getWorkflowMetadata().url;
}

export async function addresses(): Promise<string[]> {
  'use workflow';
  return [getWorkflowMetadata().url, await address()];
}

export async function sleepingLong(): Promise<string> {
  'use workflow';
  await sleep('30d');
  return 'awake';
}

export async function values(given: unknown): Promise<unknown> {
  'use workflow';
  return { given, at: new Date(0), bytes: new Uint8Array([1, 2]), map: new Map([['a', 1]]) };
}

/** A step function is handed to another function, and called there. */
async function applied(step: (a: number, b: number) => Promise<number>, a: number, b: number): Promise<number> {
  return step(a, b);
}

export async function higherOrder(): Promise<number> {
  'use workflow';
  return applied(add, 20, 22);
}

async function tenant(): Promise<unknown[]> {
  'use step';
  return [TenantContext.getCurrentTenant(), getBatchContextUsage() !== null];
}

/** Whose models a step would use, and whether it may. */
export async function tenants(): Promise<unknown[]> {
  'use workflow';
  return tenant();
}

async function slowAdd(a: number, b: number): Promise<number> {
  'use step';
  await new Promise((resolve) => setTimeout(resolve, 100));
  return a + b;
}

/** An attempt that was interrupted counts, and so does each message that comes twice. */
slowAdd.maxRetries = 100;

export async function slowSequence(count: number): Promise<number> {
  'use workflow';
  let sum = 0;
  for (let index = 0; index < count; index++) sum = await slowAdd(sum, 1);
  return sum;
}

export async function slowTogether(count: number): Promise<number> {
  'use workflow';
  const sums = await Promise.all(Array.from({ length: count }, (_, index) => slowAdd(index, 1)));
  return sums.length;
}
