/** Processes of the harness itself: one file each, asked one question at a time. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

type Reply<Answer> = { answer: Answer } | { error: string };

/** A running file of this folder that calls `answerQuestions`. It ends when disposed of, and with this process. */
export class HarnessProcess<Question, Answer> implements AsyncDisposable {
  readonly #child: ChildProcess;

  /**
   * @param file the name of the file beside this one
   * @param args what it finds in `process.argv`
   */
  constructor(file: string, args: readonly string[] = []) {
    this.#child = fork(new URL(file, import.meta.url), args);
  }

  get pid(): number {
    return this.#child.pid!; // set from the constructor on, or `ask` fails
  }

  /**
   * One at a time: answers are not matched to questions.
   *
   * @throws Error with what the process threw, or when it ended
   */
  ask(question: Question): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const ended = () => reject(new Error(`${this.#child.spawnargs[1]} ended`));
      this.#child.once('exit', ended);
      this.#child.once('error', reject);
      this.#child.once('message', (reply) => {
        this.#child.off('exit', ended).off('error', reject);
        const result = reply as Reply<Answer>; // the other end is `answerQuestions`
        if ('error' in result) reject(new Error(result.error));
        else resolve(result.answer);
      });
      this.#child.send(question as object);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#child.connected) return; // it has ended
    const exited = once(this.#child, 'exit');
    this.#child.disconnect();
    await exited;
  }
}

/**
 * Answers the process that started this one, until it lets go or dies.
 *
 * @param answer takes the `Question` and gives the `Answer` of the `HarnessProcess` at the other end; what it throws is thrown there
 */
export function answerQuestions(answer: (question: never) => unknown): void {
  process.on('disconnect', () => process.exit());
  process.on('message', (question) => void replyTo(question).then((reply) => process.send?.(reply))); // never rejects

  async function replyTo(question: unknown): Promise<Reply<unknown>> {
    try {
      return { answer: await answer(question as never) }; // what the other end asks
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) };
    }
  }
}
