/** The same in Node, where importing dynamo-bao also reads the file `.env` of the working folder; variables that are set stay as they are. */
import { existsSync } from 'node:fs';

if (existsSync('.env')) process.loadEnvFile('.env');

export * from 'steamer/bao';
