#!/usr/bin/env node
/** The command `bao-init`. */
import { initCommand } from './init-command.ts';
import { processTerminal } from './terminal.ts';

process.exitCode = await initCommand(process.argv.slice(2), processTerminal());
