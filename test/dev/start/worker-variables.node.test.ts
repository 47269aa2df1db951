import { expect, it } from 'vitest';
import { unstable_readConfig } from 'wrangler';
import { workerVariables } from '../../../dev/start/worker-variables.ts';

const TABLE = { port: 8787, DYNAMODB_ENDPOINT: 'http://127.0.0.1:8000', TABLE_NAME: 't', AWS_REGION: 'us-east-1' };

it('tells the local Worker by its command line where it is, and nothing of .dev.vars that is a secret', () => {
  const devVars = {
    SIGNING_KEYS: 'k1:x',
    AWS_SECRET_ACCESS_KEY: 'local',
    ACCESS_TOKEN_KEYS: 'k1:y',
    MAIL_API_KEY: 're_x',
    TRUSTED_ISSUERS: '[]',
    ALLOWED_ORIGINS: 'http://localhost:1',
  };
  const { port, ...table } = TABLE;
  const told = { ...table, PUBLIC_URL: `http://localhost:${port}` };
  expect(workerVariables(devVars, TABLE)).toEqual({ ...told, TRUSTED_ISSUERS: '[]', ALLOWED_ORIGINS: 'http://localhost:1' });
  expect(workerVariables({}, TABLE)).toEqual({ ...told, ALLOWED_ORIGINS: expect.stringContaining('http://localhost:5173') as string });
});

it('has wrangler take every other variable of .dev.vars that a service may go without', () => {
  const { vars, secrets } = unstable_readConfig({ config: new URL('../../../wrangler.toml', import.meta.url).pathname });
  expect(Object.keys(vars)).toEqual(expect.arrayContaining(['MAIL_FROM', 'MAIL_PROVIDER', 'PRODUCT_NAME']));
  expect(secrets?.required).toEqual(expect.arrayContaining(['ACCESS_TOKEN_KEYS', 'MAIL_API_KEY']));
});
