/** A service whose models have rules of every kind, and clients of every kind of principal. */
import { BaoModel, fields, IndexConfig, PrimaryKeyConfig, UniqueConstraintConfig } from '../../src/bao/index.ts';
import { createService } from '../../src/service.ts';
import type { AccessRules } from '../../src/wire/access-rules.ts';
import { clientOf, createTenant } from '../setup/rest-client.ts';
import type { RestClient } from '../setup/rest-client.ts';

/** Seen by itself and by admins; its name by everybody who may see it, its salary by admins alone. */
class Person extends BaoModel {
  static override modelPrefix = 'xp';
  static override keyEncoding = 'ordered' as const;
  static override path = 'people';
  static override fields = {
    personId: fields.StringField({ required: true }),
    name: fields.StringField({ required: true }),
    team: fields.StringField(),
    email: fields.StringField(),
    salary: fields.IntegerField(),
    nickname: fields.StringField(),
    token: fields.StringField(),
    revision: fields.VersionField(),
  };
  static override primaryKey = PrimaryKeyConfig('personId');
  static override indexes = {
    peopleInTeam: IndexConfig('team', 'name', 'gsi1'),
    peopleBySalary: IndexConfig('team', 'salary', 'gsi2'),
  };
  static override uniqueConstraints = { uniqueEmail: UniqueConstraintConfig('email', '_uc1') };
}

/** Everybody's own. */
class Note extends BaoModel {
  static override modelPrefix = 'xn';
  static override keyEncoding = 'ordered' as const;
  static override iterable = true;
  static override iterationBuckets = 1;
  static override searchable = true;
  static override searchConfig = { fields: ['title'] };
  static override fields = {
    noteId: fields.StringField({ required: true }),
    ownerId: fields.RelatedField('Person', { required: true }),
    folder: fields.StringField(),
    title: fields.StringField(),
    tags: fields.StringSetField(),
    details: fields.MapField({ place: fields.StringField() }),
    revision: fields.VersionField(),
  };
  static override primaryKey = PrimaryKeyConfig('noteId');
  static override indexes = {
    notesForOwner: IndexConfig('ownerId', 'noteId', 'gsi1'),
    notesInFolder: IndexConfig('folder', 'noteId', 'gsi2'),
  };
}

/** Read by everybody, without credentials too, but for what editors note on it; written by editors and the tenant's own backends. */
class Page extends BaoModel {
  static override modelPrefix = 'xg';
  static override keyEncoding = 'ordered' as const;
  static override iterable = true;
  static override iterationBuckets = 1;
  static override searchable = true;
  static override searchConfig = { fields: ['title', 'remark'] };
  static override fields = {
    slug: fields.StringField({ required: true }),
    title: fields.StringField(),
    authorId: fields.RelatedField('Person'),
    remark: fields.StringField(),
    revision: fields.VersionField(),
  };
  static override primaryKey = PrimaryKeyConfig('slug');
  static override indexes = {
    pagesForAuthor: IndexConfig('authorId', 'slug', 'gsi1'),
    allPages: IndexConfig('modelPrefix', 'slug', 'gsi2'),
  };
}

/** Put in by every member, and read by admins. */
class Report extends BaoModel {
  static override modelPrefix = 'xr';
  static override keyEncoding = 'ordered' as const;
  static override fields = {
    reportId: fields.UlidField({ autoAssign: true }),
    text: fields.StringField(),
    revision: fields.VersionField(),
  };
  static override primaryKey = PrimaryKeyConfig('reportId');
}

/** Nobody's business. */
class Secret extends BaoModel {
  static override modelPrefix = 'xs';
  static override keyEncoding = 'ordered' as const;
  static override fields = { secretId: fields.StringField({ required: true }), personId: fields.RelatedField('Person') };
  static override primaryKey = PrimaryKeyConfig('secretId');
  static override indexes = { secretsForPerson: IndexConfig('personId', 'secretId', 'gsi1') };
}

export const RULES: Record<string, AccessRules> = {
  Person: {
    read: ['owner', 'role:admin', 'role:lead'],
    create: ['role:admin', 'key'],
    update: ['owner', 'role:admin', 'role:lead'],
    delete: ['role:admin'],
    owner: 'personId',
    fields: {
      email: { read: ['owner', 'role:admin'], write: ['owner', 'role:admin'] },
      salary: { read: ['role:admin'], write: ['role:admin'] },
      nickname: { write: ['owner'] },
      token: { read: [], write: ['role:admin'] },
    },
  },
  Note: {
    read: ['owner', 'key'],
    create: ['member', 'key'],
    update: ['owner', 'key'],
    delete: ['owner', 'key'],
    owner: 'ownerId',
    fields: {},
  },
  Page: {
    read: ['public'],
    create: ['role:editor', 'key'],
    update: ['role:editor', 'key'],
    delete: ['role:editor', 'key'],
    owner: null,
    fields: { remark: { read: ['role:editor', 'key'] } },
  },
  Report: { read: ['role:admin'], create: ['member'], update: ['member'], delete: [], owner: null, fields: {} },
};

const keys = { partitionKey: '_iter_pk', sortKey: '_iter_sk', projection: ['_searchText'] };
const tableProfile = {
  key: { partitionKey: '_pk', sortKey: '_sk' },
  indexes: { iter_search_index: keys },
  ttlAttribute: 'ttl',
  models: {},
};
const options = (access: AccessRules | 'none', cacheControl: string | null = null) => ({ access, cacheControl });

const service = createService({
  models: { Person, Note, Page, Report, Secret },
  tableProfile,
  modelOptions: {
    ...Object.fromEntries(
      Object.entries(RULES).map(([name, rules]) => [name, options(rules, name === 'Page' ? 'public, max-age=60' : null)]),
    ),
    Secret: options('none'),
  },
});

/** One client for each kind of principal of a new tenant. */
export interface Clients {
  tenant: string;
  /** a backend of the tenant's own */
  key: RestClient;
  ada: RestClient;
  bob: RestClient;
  admin: RestClient;
  lead: RestClient;
  editor: RestClient;
  /** without credentials */
  nobody: RestClient;
}

export async function createClients(): Promise<Clients> {
  const backend = await createTenant();
  const { tenant } = backend;
  const as = async (who: { subject?: string; role?: string }) => clientOf(service, await createTenant(undefined, tenant, who));
  return {
    tenant,
    key: clientOf(service, backend),
    ada: await as({ subject: 'ada' }),
    bob: await as({ subject: 'bob' }),
    admin: await as({ subject: 'root', role: 'admin' }),
    lead: await as({ subject: 'lea', role: 'lead' }),
    editor: await as({ role: 'editor' }),
    nobody: clientOf(service, { ...backend, token: null }),
  };
}
