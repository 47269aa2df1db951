#!/usr/bin/env node
/** The command `bao-watch`. */
import { watchCommand } from './watch-command.ts';
import { processTerminal } from './terminal.ts';

process.exitCode = await watchCommand(process.argv.slice(2), processTerminal());
