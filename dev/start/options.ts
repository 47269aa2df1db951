import { parseArgs } from 'node:util';
import { StartError } from './start-error.ts';

export const USAGE = `npm start -- [options]

  --port <number>     where the Worker listens on 127.0.0.1 (default 8787)
  --fresh             empty the data folder first
  --data-dir <folder> where data, logs and the demo keys are kept (default .steamer)
  --without-workflows leave out the Workflow SDK: the leaderboard takes no submissions
  --help              print this

Environment:
  DYNAMODB_ENDPOINT   use the DynamoDB at this URL instead of starting one
  STEAMER_DYNAMODB    the local DynamoDB to start: dynoxide or dynamodb-local
  TABLE_NAME          the table (default steamer)
  AWS_REGION          its region (default us-east-1)
`;

export interface StartOptions {
  port: number;
  isFresh: boolean;
  dataDir: string;
  hasWorkflows: boolean;
  isHelp: boolean;
}

/** @throws StartError for an unknown option or a port that is none */
export function readOptions(argv: readonly string[]): StartOptions {
  const values = parsed(argv);
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new StartError(`--port: expected a whole number from 1 to 65535, got ${JSON.stringify(values.port)}`);
  }
  return { port, isFresh: values.fresh, dataDir: values['data-dir'], hasWorkflows: !values['without-workflows'], isHelp: values.help };
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        port: { type: 'string', default: '8787' },
        fresh: { type: 'boolean', default: false },
        'data-dir': { type: 'string', default: '.steamer' },
        'without-workflows': { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    throw new StartError(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`, { cause: error });
  }
}
