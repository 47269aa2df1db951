import { SteamerError } from 'steamer/client';
import type { Problem } from '../../src/wire/problem.ts';

/** What the service said no with, or that it could not be reached. Decide by `code`. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: Problem['code'] | 'unreachable';
  /** 0: there was no answer */
  readonly status: number;
  readonly title: string;
  readonly requestId: string | null;
  readonly fields: readonly { pointer: string; detail: string }[];

  constructor(problem: Pick<Refusal, 'code' | 'status' | 'title'> & Partial<Pick<Problem, 'detail' | 'requestId' | 'errors'>>) {
    super(problem.detail ?? '');
    this.code = problem.code;
    this.status = problem.status;
    this.title = problem.title;
    this.requestId = problem.requestId ?? null;
    this.fields = problem.errors ?? [];
  }

  /** What is wrong with a member of the body. */
  of(pointer: string): string | null {
    return this.fields.find((field) => field.pointer === pointer)?.detail ?? null;
  }
}

/** The refusal that an answer is. */
export async function refusalOf(response: Response): Promise<Refusal> {
  const problem = (await response.json().catch(() => null)) as Problem | null; // as PROTOCOL.md has errors
  if (problem !== null && typeof problem.code === 'string') return new Refusal(problem);
  return new Refusal({ code: 'internal', status: response.status, title: `The service answered ${response.status}` });
}

function requestOf({ requestId }: SteamerError): Partial<Pick<Problem, 'requestId'>> {
  return requestId === null ? {} : { requestId };
}

/** The refusal that stands for any failure of a request. */
export function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof SteamerError) {
    const code = error.code as Refusal['code']; // the service's own
    return new Refusal({
      code,
      status: error.status,
      title: 'The service refuses this',
      detail: error.message,
      ...requestOf(error),
    });
  }
  const detail = error instanceof Error ? error.message : String(error);
  // What somebody typed, before it was sent.
  if (error instanceof SyntaxError) return new Refusal({ code: 'invalid_json', status: 0, title: 'This cannot be sent', detail });
  return new Refusal({
    code: 'unreachable',
    status: 0,
    title: 'The service cannot be reached',
    detail: `It may have been stopped, or the network is gone: no answer came (${detail}).`,
  });
}
