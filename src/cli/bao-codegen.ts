#!/usr/bin/env node
/** The command `bao-codegen`. */
import { codegenCommand } from './codegen-command.ts';

process.exitCode = await codegenCommand(process.argv.slice(2), {
  out: (line) => console.log(line),
  error: (line) => console.error(line),
});
