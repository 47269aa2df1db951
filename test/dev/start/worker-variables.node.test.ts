import { expect, it } from 'vitest';
import { workerVariables } from '../../../dev/start/worker-variables.ts';

const TABLE = { port: 8787, DYNAMODB_ENDPOINT: 'http://127.0.0.1:8000', TABLE_NAME: 't', AWS_REGION: 'us-east-1' };

it('hands the local Worker what .dev.vars has of what a service may go without, and no other secret', () => {
  const secrets = { SIGNING_KEYS: 'k1:x', AWS_SECRET_ACCESS_KEY: 'local' };
  const devVars = {
    ...secrets,
    MAIL_PROVIDER: 'resend',
    MAIL_API_KEY: 're_x',
    TRUSTED_ISSUERS: '[]',
    ALLOWED_ORIGINS: 'http://localhost:1',
  };
  const { port, ...table } = TABLE;
  expect(workerVariables(devVars, TABLE)).toEqual({
    ...table,
    PUBLIC_URL: `http://localhost:${port}`,
    MAIL_PROVIDER: 'resend',
    MAIL_API_KEY: 're_x',
    TRUSTED_ISSUERS: '[]',
    ALLOWED_ORIGINS: 'http://localhost:1',
  });
  expect(workerVariables(secrets, TABLE)).toEqual({
    ...table,
    PUBLIC_URL: `http://localhost:${port}`,
    ALLOWED_ORIGINS: expect.stringContaining('http://localhost:5173') as string,
  });
});
