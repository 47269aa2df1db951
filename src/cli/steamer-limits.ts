#!/usr/bin/env node
/** The command `steamer-limits`. */
import { CONSOLE } from './command.ts';
import { limitsCommand } from './limits-command.ts';

process.exitCode = await limitsCommand(process.argv.slice(2), CONSOLE);
