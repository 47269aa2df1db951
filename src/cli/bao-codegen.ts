#!/usr/bin/env node
/** The command `bao-codegen`. */
import { codegenCommand } from './codegen-command.ts';
import { CONSOLE } from './command.ts';

process.exitCode = await codegenCommand(process.argv.slice(2), CONSOLE);
