import { ServiceError } from './errors.ts';

/** Asks R2 for something. @throws ServiceError `unavailable` when it fails */
export async function askR2<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (cause) {
    throw new ServiceError('unavailable', 'The storage of files does not answer.', { cause });
  }
}
