/** The models that the tests of the model layer use. */
import { BaoModel, fields, IndexConfig, PrimaryKeyConfig, UniqueConstraintConfig } from '../../src/bao/index.ts';

export class Owner extends BaoModel {
  static override modelPrefix = 'ow';
  static override keyEncoding = 'ordered' as const;
  static override fields = { ownerId: fields.StringField({ required: true }), name: fields.StringField({ required: true }) };
  static override primaryKey = PrimaryKeyConfig('ownerId');
}

export class Task extends BaoModel {
  static override modelPrefix = 'ta';
  static override keyEncoding = 'ordered' as const;
  static override fields = {
    taskId: fields.StringField({ required: true }),
    ownerId: fields.RelatedField('Owner'),
    title: fields.StringField({ maxLength: 20_000 }),
    kind: fields.StringField(),
    rank: fields.FloatField(),
    weight: fields.IntegerField(),
    isDone: fields.BooleanField({ defaultValue: false }),
    dueAt: fields.DateTimeField(),
    hits: fields.CounterField(),
    views: fields.CounterField({ defaultValue: 100 }),
    note: fields.StringField(),
    tags: fields.StringSetField(),
    blob: fields.BinaryField(),
    createdAt: fields.CreateDateField(),
    updatedAt: fields.ModifiedDateField(),
    revision: fields.VersionField(),
  };
  static override primaryKey = PrimaryKeyConfig('taskId');
  static override indexes = {
    tasksForOwner: IndexConfig('ownerId', 'dueAt', 'gsi1'),
    tasksByKind: IndexConfig('kind', 'rank', 'gsi2'),
    allTasks: IndexConfig('modelPrefix', 'weight', 'gsi3'),
    tasksByTitle: IndexConfig('isDone', 'title', 'gsi4'),
    tasksByHits: IndexConfig('kind', 'hits', 'gsi5'),
  };
}

export class Vote extends BaoModel {
  static override modelPrefix = 'vo';
  static override keyEncoding = 'ordered' as const;
  static override fields = {
    topic: fields.StringField({ required: true }),
    round: fields.IntegerField({ required: true }),
    answer: fields.StringField(),
  };
  static override primaryKey = PrimaryKeyConfig('topic', 'round');
}

export class Account extends BaoModel {
  static override modelPrefix = 'ac';
  static override keyEncoding = 'ordered' as const;
  static override iterable = true;
  static override iterationBuckets = 3;
  static override fields = {
    accountId: fields.UlidField({ autoAssign: true }),
    email: fields.StringField({ required: true }),
    number: fields.IntegerField(),
    since: fields.DateTimeField(),
  };
  static override primaryKey = PrimaryKeyConfig('accountId');
  static override uniqueConstraints = {
    uniqueEmail: UniqueConstraintConfig('email', '_uc1'),
    uniqueNumber: UniqueConstraintConfig('number', '_uc2'),
    uniqueSince: UniqueConstraintConfig('since', '_uc3'),
  };
}

export class Setting extends BaoModel {
  static override modelPrefix = 'se';
  static override keyEncoding = 'ordered' as const;
  static override fields = { name: fields.StringField({ required: true }), value: fields.StringField() };
  static override primaryKey = PrimaryKeyConfig('modelPrefix', 'name');
}

export const MODELS = { Owner, Task, Vote, Account, Setting };
