#!/usr/bin/env node
/** The command `bao-delete`. */
import { deleteTableCommand } from './delete-table-command.ts';
import { processTerminal } from './terminal.ts';

process.exitCode = await deleteTableCommand(process.argv.slice(2), processTerminal());
