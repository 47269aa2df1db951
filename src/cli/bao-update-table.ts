#!/usr/bin/env node
/** The command `bao-update-table`. */
import { updateTableCommand } from './update-table-command.ts';
import { processTerminal } from './terminal.ts';

process.exitCode = await updateTableCommand(process.argv.slice(2), processTerminal());
