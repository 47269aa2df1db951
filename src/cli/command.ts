/** What all commands share: where they print, how they end, and how they explain what went wrong. */
import { parseArgs, type ParseArgsConfig } from 'node:util';

/** Where a command prints. */
export interface Output {
  out(line: string): void;
  error(line: string): void;
}

/** The streams of the process. */
export const CONSOLE: Output = {
  out: (line) => console.log(line),
  error: (line) => console.error(line),
};

/** What went wrong in the words of the user: printed as it is, without a stack. */
export class CommandError extends Error {}

/** A command before it is run. */
export interface Command {
  /** "bao-codegen" */
  name: string;
  /** printed for --help */
  help: string;
  options: NonNullable<ParseArgsConfig['options']>;
  /** the most arguments that are no options */
  maxPositionals: number;
  /** @returns the exit code */
  run(args: ParsedArguments, output: Output): Promise<number>;
}

/** Arguments by kind. */
export interface ParsedArguments {
  positionals: string[];
  /** the value of an option that takes one */
  text(option: string): string | undefined;
  /** whether an option without a value was given */
  flag(option: string): boolean;
}

/**
 * Runs a command.
 *
 * @param args what follows the command's name
 * @returns the exit code: 0, or 1 after printing what is wrong
 */
export async function runCommand(command: Command, args: readonly string[], output: Output): Promise<number> {
  try {
    const parsed = parseArguments(command, args);
    if (parsed !== null) return await command.run(parsed, output);
    output.out(command.help);
    return 0;
  } catch (error) {
    output.error(`${command.name}: ${explain(error)}`);
    return 1;
  }
}

/** The arguments, or null when help is asked for. */
function parseArguments({ name, options, maxPositionals }: Command, args: readonly string[]): ParsedArguments | null {
  const parsed = parseArgs({ args: [...args], allowPositionals: true, options: { ...options, help: { type: 'boolean', short: 'h' } } });
  const { positionals } = parsed;
  const values: Readonly<Record<string, unknown>> = parsed.values;
  if (values['help'] === true) return null;
  const surplus = positionals[maxPositionals];
  if (surplus !== undefined) throw new CommandError(`unexpected argument "${surplus}"; see ${name} --help`);
  return {
    positionals,
    text: (option) => {
      const value = values[option];
      return typeof value === 'string' ? value : undefined;
    },
    flag: (option) => values[option] === true,
  };
}

/** An error in one line for a person at a terminal. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'ENOENT' && 'path' in error) return `${String(error.path)} does not exist`;
  return [error.message, ...reasonsOf(error.cause)].join(': ');
}

/** What the errors behind an error say, the store's among them, which are plain objects. */
function reasonsOf(cause: unknown): string[] {
  if (typeof cause !== 'object' || cause === null || !('message' in cause)) return [];
  return [String(cause.message), ...('cause' in cause ? reasonsOf(cause.cause) : [])];
}
