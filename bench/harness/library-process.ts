/** A process that runs one library. Its argument is the library's file. */
import type { Library } from '../libraries/contender.ts';
import { CASES, type CaseName } from '../libraries/cases.ts';
import { answeringFetch, makeAnswers } from '../libraries/transport.ts';
import { storedUser } from '../libraries/users.ts';
import { answerQuestions } from './child-process.ts';
import type { LibraryMeasurement } from './library-benchmark.ts';

export interface LibraryQuestion {
  case: CaseName;
  durationMs: number;
  warmUpMs: number;
}

const TABLE = 'bench';
const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };

const { library }: { library: Library } = await import(`../libraries/${process.argv[2]}.ts`);
const answer = makeAnswers(TABLE, (id) => library.rowOf(storedUser(id)));
globalThis.fetch = answeringFetch(answer);
const contender = library.setUp({ tableName: TABLE, region: 'eu-west-1', credentials: CREDENTIALS, answer });

answerQuestions(async ({ case: name, durationMs, warmUpMs }: LibraryQuestion): Promise<LibraryMeasurement | null> => {
  const { unitsPerRun, prepare } = CASES[name];
  const run = prepare(contender);
  if (run === null) return null;
  await repeat(run, warmUpMs);
  const before = process.cpuUsage();
  const { runs, elapsedMs } = await repeat(run, durationMs);
  const { user, system } = process.cpuUsage(before);
  const units = runs * unitsPerRun;
  return { cpuMicros: (user + system) / units, elapsedMicros: (elapsedMs * 1000) / units };
});

/** At least once. */
async function repeat(run: () => Promise<unknown>, durationMs: number): Promise<{ runs: number; elapsedMs: number }> {
  const startedAtMs = performance.now();
  for (let runs = 1; ; runs++) {
    await run();
    const elapsedMs = performance.now() - startedAtMs;
    if (elapsedMs >= durationMs) return { runs, elapsedMs };
  }
}
