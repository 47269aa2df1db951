/** Wires accounts: what their functions are handed, and the consumers of their queues. */
import {
  AccessTokens,
  type AccountServices,
  eraseAccountSteps,
  exportAccountSteps,
  OutsideTokens,
  TenantConfigs,
} from './accounts/index.ts';
import { type Environment, readEnvironment } from './edge/env.ts';
import { mailSender } from './edge/mail-senders.ts';
import { ServiceError } from './lib/errors.ts';
import {
  dynamoClientOf,
  fileLedgerStub,
  KnownDivisions,
  StoreOperator,
  streamDirectoryStub,
  streamHubStub,
  tenantOwnerStub,
  tenantStoreStub,
  userOwnerStub,
} from './objects/index.ts';
import { endWrites, eraseFiles, eraseSegments, eraseStore, eraseStreams } from './queues/erase-objects.ts';
import { eraseRows } from './queues/erase-rows.ts';
import { handleErasures } from './queues/erasures.ts';
import { handleMail } from './queues/mail.ts';
import { exportFiles, exportRows, exportStreams } from './routes/export-steps.ts';
import type { EraseStep } from './wire/erasure.ts';
import type { AttemptLimits } from './wire/attempts.ts';
import type { ExportStep } from './wire/tenant-export.ts';
import { NO_MODELS, type ServiceBindings, type ServiceOptions } from './service-options.ts';

const DAY_MS = 86_400_000;
/** A year, and time to look at it. */
const AUDIT_KEPT_DAYS = 400;

/** Nobody signs in by a queue. */
const NO_ATTEMPTS: AttemptLimits = { admitSignIn: async () => () => {}, admitMail: async () => {} };

/** What the functions of accounts are handed. */
export function accountServices(
  env: ServiceBindings,
  { publicUrl, allowedOrigins, signingKeys, accessTokenKeys, trustedIssuers }: Environment,
  { whyNotSessionData = () => null, verifyImportedPassword = async () => false, auditKeptDays = AUDIT_KEPT_DAYS }: ServiceOptions,
  attempts: AttemptLimits,
): AccountServices {
  return {
    db: env.DB,
    owner: (user) => userOwnerStub(env.SESSION_OWNER, user),
    keyOwner: (tenant) => tenantOwnerStub(env.SESSION_OWNER, tenant),
    postpone: async (job) => {
      if (publicUrl === null) throw new ServiceError('misconfigured', 'Accounts need PUBLIC_URL: the links in mails begin with it');
      await env.MAIL_QUEUE.send(job);
    },
    goOnErasing: async (tenant) => void (await env.ERASURE_QUEUE.send({ tenant })),
    whyNotSessionData,
    attempts,
    verifyImported: verifyImportedPassword,
    sealingKeys: signingKeys,
    relyingParty: publicUrl === null ? null : { id: new URL(publicUrl).hostname, origins: new Set([publicUrl, ...allowedOrigins]) },
    accessTokens: new AccessTokens({ issuer: publicUrl, keys: accessTokenKeys }),
    outsideTokens: new OutsideTokens(trustedIssuers),
    auditKeptMs: auditKeptDays * DAY_MS,
  };
}

/** The consumer of MAIL_QUEUE. */
export async function consumeMail(batch: MessageBatch, env: ServiceBindings): Promise<void> {
  const { mail, productName, publicUrl, signingKeys } = readEnvironment(env);
  const [key] = signingKeys;
  if (key === undefined || publicUrl === null) throw new ServiceError('misconfigured', 'Accounts need SIGNING_KEYS and PUBLIC_URL');
  await handleMail(batch, { db: env.DB, key, sender: mailSender(mail, env.EMAIL), style: { productName, publicUrl } });
}

/** How everything of a tenant is read. */
export function exportSteps(
  env: ServiceBindings,
  { table: { name } }: Environment,
  accounts: AccountServices,
  { tableProfile: { key } = NO_MODELS, workflows }: ServiceOptions,
): ExportStep[] {
  return [
    ...exportAccountSteps(accounts),
    exportConfig(env),
    exportRows(dynamoClientOf(env, false), name, key),
    exportStreams(
      (tenant) => streamDirectoryStub(env.STREAM_DIRECTORY, tenant),
      (tenant, stream) => streamHubStub(env.STREAM_HUB, { tenant, name: stream }),
    ),
    ...exportFilesSteps(env),
    ...(workflows?.exportSteps() ?? []),
  ];
}

/** The consumer of ERASURE_QUEUE. */
export async function consumeErasures(batch: MessageBatch, env: ServiceBindings, options: ServiceOptions): Promise<void> {
  const environment = readEnvironment(env);
  const { key } = options.tableProfile ?? NO_MODELS;
  const accounts = accountServices(env, environment, options, NO_ATTEMPTS);
  const { name: tableName } = environment.table;
  const store = new StoreOperator({
    connect: (address) => tenantStoreStub(env.TENANT_STORE, address),
    key,
    divisions: new KnownDivisions(),
  });
  const steps = [
    endWrites(store),
    ...(options.eraseSteps?.(env) ?? []),
    ...(options.workflows?.eraseSteps() ?? []),
    eraseRows({ client: dynamoClientOf(env, false), tableName, key }),
    eraseStreams({
      directory: (tenant) => streamDirectoryStub(env.STREAM_DIRECTORY, tenant),
      hub: (tenant, name) => streamHubStub(env.STREAM_HUB, { tenant, name }),
    }),
    ...(env.STREAM_SEGMENTS === undefined ? [] : [eraseSegments(env.STREAM_SEGMENTS)]),
    ...eraseFilesSteps(env),
    eraseStore(store),
    eraseConfig(new TenantConfigs(env.DB, env.KV)),
    ...eraseAccountSteps(accounts),
  ];
  await handleErasures(batch, { db: env.DB, steps, goOn: accounts.goOnErasing });
}

function eraseConfig(configs: TenantConfigs): EraseStep {
  return {
    name: 'config',
    erase: async (tenant) => ({ removed: await configs.remove(tenant), next: null }),
  };
}

function eraseFilesSteps({ FILE_LEDGER: ledgers, STORAGE: bucket }: ServiceBindings): EraseStep[] {
  return ledgers && bucket ? [eraseFiles((tenant) => fileLedgerStub(ledgers, tenant), bucket)] : [];
}

function exportConfig({ DB }: ServiceBindings): ExportStep {
  const configs = new TenantConfigs(DB, undefined);
  return {
    name: 'config',
    async read(tenant) {
      const config = await configs.read(tenant, () => undefined);
      return { lines: [{ kind: 'config', ...config }], next: null };
    },
  };
}

function exportFilesSteps({ FILE_LEDGER: ledgers }: ServiceBindings): ExportStep[] {
  return ledgers ? [exportFiles((tenant) => fileLedgerStub(ledgers, tenant))] : [];
}
