#!/usr/bin/env node
/** The command `bao-rebuild-search-text`. */
import { CONSOLE } from './command.ts';
import { rebuildSearchTextCommand } from './rebuild-search-text-command.ts';

const interruption = new AbortController();
// Once: another Ctrl-C ends the process where it is.
process.once('SIGINT', () => interruption.abort());

process.exitCode = await rebuildSearchTextCommand(process.argv.slice(2), CONSOLE, process.stderr, interruption.signal);
