#!/usr/bin/env node
/** The command `bao-create-table`. */
import { createTableCommand } from './create-table-command.ts';
import { processTerminal } from './terminal.ts';

process.exitCode = await createTableCommand(process.argv.slice(2), processTerminal());
