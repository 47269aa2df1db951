/** Requests to the Worker of a project: in Node by calling its handler, in workerd by wrangler. */
import type { Project } from './workshop.ts';

export type Runtime = 'Node' | 'workerd';

export interface WorkerRequest {
  path: string;
  method?: string;
  body?: unknown;
}

export interface WorkerAnswer {
  status: number;
  /** parsed where it is JSON */
  // oxlint-disable-next-line typescript/no-explicit-any -- a test asserts on what came, whatever that is
  body: any;
}

/** What a Worker answered, and what it logged meanwhile. */
export interface Exchange {
  answers: WorkerAnswer[];
  log: string;
}

/** In Node the Worker is a module like any other, and `env` an object. */
const CALL_IN_NODE = `
const { requests, env } = JSON.parse(process.argv[2]);
const { default: worker } = await import('./worker.js');
const answers = [];
for (const { path, method = 'GET', body } of requests) {
  const request = new Request('http://worker' + path, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const response = await worker.fetch(request, env);
  answers.push({ status: response?.status ?? 0, body: await response?.text() });
}
console.log('\\nANSWERS' + JSON.stringify(answers));
`;

/** Starts the Worker of a project, and sends it requests one after the other. `env` are its variables. */
export async function callWorker(
  project: Project,
  runtime: Runtime,
  env: Readonly<Record<string, string>>,
  requests: readonly WorkerRequest[],
): Promise<Exchange> {
  const { answers, log } = runtime === 'Node' ? await inNode(project, env, requests) : await inWorkerd(project, env, requests);
  return { log, answers: answers.map(({ status, body }) => ({ status, body: parsed(body) })) };
}

interface RawExchange {
  answers: { status: number; body: string }[];
  log: string;
}

async function inNode(project: Project, env: Readonly<Record<string, string>>, requests: readonly WorkerRequest[]): Promise<RawExchange> {
  await project.write({ 'call-worker.mjs': CALL_IN_NODE });
  const { exitCode, stdout, stderr } = await project.run(`node call-worker.mjs '${JSON.stringify({ requests, env })}'`);
  const [log = '', answers] = stdout.split('\nANSWERS');
  if (exitCode !== 0 || answers === undefined) throw new Error(`${stdout}${stderr}`);
  return { answers: JSON.parse(answers), log: `${log}${stderr}` };
}

async function inWorkerd(
  project: Project,
  env: Readonly<Record<string, string>>,
  requests: readonly WorkerRequest[],
): Promise<RawExchange> {
  const worker = await project.startWorker(env);
  const answers: RawExchange['answers'] = [];
  for (const { path, method = 'GET', body } of requests) {
    const response = await worker.fetch(`http://worker${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    answers.push({ status: response.status, body: await response.text() });
  }
  const log = worker
    .getLogs()
    .map(({ message }) => message)
    .join('\n');
  await worker.close();
  return { answers, log };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
