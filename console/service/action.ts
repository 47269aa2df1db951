/** What a button or a form does: one at a time, with what came of it to show. */
import { useState } from 'preact/hooks';
import { asRefusal, type Refusal } from './refusal.ts';

export interface Action<Arguments extends unknown[]> {
  run: (...args: Arguments) => Promise<boolean>;
  isRunning: boolean;
  refusal: Refusal | null;
  clear: () => void;
}

/** @returns `run` says whether it went well; a refusal is kept until the next one */
export function useAction<Arguments extends unknown[]>(work: (...args: Arguments) => Promise<unknown>): Action<Arguments> {
  const [isRunning, setRunning] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const run = async (...args: Arguments): Promise<boolean> => {
    setRunning(true);
    setRefusal(null);
    try {
      await work(...args);
      return true;
    } catch (error) {
      setRefusal(asRefusal(error));
      return false;
    } finally {
      setRunning(false);
    }
  };
  return { run, isRunning, refusal, clear: () => setRefusal(null) };
}
