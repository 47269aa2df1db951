/** `bao-watch`: generates models again whenever their definitions change. */
import { statSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { generate } from './codegen-command.ts';
import { CODEGEN_OPTIONS, type CodegenSettings, readCodegenSettings } from './codegen-settings.ts';
import { explain, type ParsedArguments, runCommand } from './command.ts';
import type { Terminal } from './terminal.ts';

const HELP = `bao-watch [definitions] [output folder] [options]

Runs bao-codegen, and again whenever the definitions or the application's own
field types change, until Ctrl-C. What is wrong is printed, and the last good
models stay until it is mended.

Arguments and options are those of bao-codegen, --check and --dry-run aside.
  --help           print this`;

/** Editors write a file in several steps, and some replace it. */
const SETTLED_AFTER_MS = 80;

/** Runs the command until the terminal is interrupted. @returns the exit code */
export function watchCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const run = (parsed: ParsedArguments) => watchDefinitions(parsed, terminal);
  return runCommand({ name: 'bao-watch', help: HELP, options: CODEGEN_OPTIONS, maxPositionals: 2, run }, args, terminal);
}

async function watchDefinitions(args: ParsedArguments, terminal: Terminal): Promise<number> {
  const settings = await readCodegenSettings(args);
  await attempt(settings, 0, terminal);
  const changes = new Changes(settings, terminal.signal);
  terminal.out(`watching ${changes.watched.join(', ')}; Ctrl-C ends it`);
  while (await changes.next()) await attempt(settings, Date.now(), terminal);
  if (!terminal.signal.aborted) throw new Error(`${settings.definitions} can not be watched any longer`);
  return 0;
}

/** One generation; what goes wrong is printed, and the watching goes on. */
async function attempt(settings: CodegenSettings, changedAtMs: number, terminal: Terminal): Promise<void> {
  try {
    await generate(settings, 'write', terminal, changedAtMs);
  } catch (error) {
    terminal.error(`bao-watch: ${explain(error)}`);
  }
}

/** Changes of definitions and field types, several in quick succession taken together. */
class Changes {
  readonly watched: string[] = [];
  readonly #signal: AbortSignal;
  #hasChanged = false;
  #isOver = false;
  #timer: NodeJS.Timeout | undefined;
  #wake: () => void = () => undefined;

  constructor({ definitions, fieldsFolder }: CodegenSettings, signal: AbortSignal) {
    this.#signal = signal;
    const isFolder = statSync(definitions).isDirectory();
    // A file is watched through its folder, as a watcher of the file itself loses it when it is replaced.
    if (isFolder) this.#watch(definitions, definitions, (name) => /\.ya?ml$/.test(name));
    else this.#watch(dirname(definitions), definitions, (name) => name === basename(definitions));
    if (fieldsFolder !== null && statSync(fieldsFolder, { throwIfNoEntry: false }) !== undefined) {
      this.#watch(fieldsFolder, fieldsFolder, (name) => /-field\.[cm]?[jt]s$/.test(name));
    }
    signal.addEventListener('abort', () => this.#end(), { once: true });
  }

  /** Resolves with true once something has changed, with false when the watching is over. */
  async next(): Promise<boolean> {
    if (!this.#hasChanged && !this.#isOver && !this.#signal.aborted) await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#hasChanged = false;
    return !this.#isOver && !this.#signal.aborted;
  }

  #watch(folder: string, shown: string, isOurs: (name: string) => boolean): void {
    this.watched.push(shown);
    const watcher = watch(folder, { signal: this.#signal }, (_event, name) => {
      if (name !== null && !isOurs(name)) return;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => {
        this.#hasChanged = true;
        this.#wake();
      }, SETTLED_AFTER_MS);
    });
    watcher.on('error', () => this.#end());
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#isOver = true;
    this.#wake();
  }
}
