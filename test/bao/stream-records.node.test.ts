import { describe, expect, it } from 'vitest';
import { BaoModel, ConfigurationError, fields, initModels, PrimaryKeyConfig, UniqueConstraintConfig } from '../../src/bao/index.ts';
import { parseStreamRecord, parseStreamRecords } from '../../src/bao/stream-records.ts';
import type { StreamRecord } from '../../src/bao/stream-records.ts';
import type { AttributeMap } from '../../src/dynamo/index.ts';

class User extends BaoModel {
  static override modelPrefix = 'us';
  static override schemaVersion = 2;
  static override upcasters = { 1: ({ mail, ...rest }: Record<string, unknown>) => ({ ...rest, email: mail }) };
  static override softDelete = 'deletedAt';
  static override fields = {
    userId: fields.StringField({ required: true }),
    email: fields.StringField(),
    blob: fields.BinaryField(),
    ttl: fields.TtlField(),
    deletedAt: fields.DateTimeField(),
  };
  static override primaryKey = PrimaryKeyConfig('userId');
}

class Vote extends BaoModel {
  static override modelPrefix = 'u';
  static override fields = { topic: fields.StringField(), round: fields.IntegerField(), answer: fields.StringField() };
  static override primaryKey = PrimaryKeyConfig('topic', 'round');
  static override uniqueConstraints = { uniqueAnswer: UniqueConstraintConfig('answer', '_uc1') };
}

class Setting extends BaoModel {
  static override modelPrefix = 'se';
  static override fields = { name: fields.StringField(), value: fields.StringField() };
  static override primaryKey = PrimaryKeyConfig('modelPrefix', 'name');
}

const manager = initModels({ models: { User, Vote, Setting }, store: { execute: () => Promise.reject(new Error('not asked')) } });

const record = (eventName: string, pk: string, sk: string, images: { old?: AttributeMap; now?: AttributeMap }): StreamRecord => {
  const Keys = { _pk: { S: pk }, _sk: { S: sk } };
  return {
    eventID: 'e1',
    eventName,
    dynamodb: {
      Keys,
      ...(images.old ? { OldImage: { ...Keys, ...images.old } } : {}),
      ...(images.now ? { NewImage: { ...Keys, ...images.now } } : {}),
      SequenceNumber: '111',
      ApproximateCreationDateTime: 1_700_000_000.5,
    },
  };
};

describe('a stream record', () => {
  it('becomes a change of an object of its model and tenant', () => {
    const now = { userId: { S: 'a' }, email: { S: 'a@x' }, blob: { B: 'AQI=' }, _schemaVersion: { N: '2' } };
    const change = parseStreamRecord(manager, record('INSERT', '[acme]#us#a', 'us', { now }));
    expect(change).toMatchObject({
      kind: 'created',
      modelName: 'User',
      tenant: 'acme',
      primaryId: 'a',
      before: null,
      isExpiry: false,
      sequenceNumber: '111',
      eventId: 'e1',
      atMs: 1_700_000_000_500,
    });
    expect(change?.model).toBe(manager.models.User);
    expect(change?.after?.toJSON()).toEqual({ userId: 'a', email: 'a@x', blob: 'AQI=' });
    expect(change?.after?.getPrimaryId()).toBe('a');
  });

  it('tells models apart whose prefixes begin alike, composite keys and models of one partition', () => {
    const changes = parseStreamRecords(manager, [
      record('INSERT', 'u#x', '00000000000000000007', { now: { topic: { S: 'x' }, round: { N: '7' } } }),
      record('INSERT', 'se', 'theme', { now: { name: { S: 'theme' } } }),
      record('INSERT', 'us#u', 'us', { now: { userId: { S: 'u' } } }),
    ]);
    expect(changes.map(({ modelName, primaryId }) => [modelName, primaryId])).toEqual([
      ['Vote', 'x##__SK__##00000000000000000007'],
      ['Setting', 'theme'],
      ['User', 'u'],
    ]);
  });

  it('of guard rows and of other tables’ rows is none', () => {
    expect(
      parseStreamRecords(manager, [
        record('INSERT', '_raft_uc#_uc1#u#answer:x', '_raft_uc', { now: {} }),
        record('INSERT', 'zz#1', 'zz', { now: {} }),
        record('INSERT', 'us', 'us', { now: {} }),
        record('INSERT', 'se#1', 'se', { now: {} }),
      ]),
    ).toEqual([]);
  });

  it('upcasts both images, and says what changed', () => {
    const old = { userId: { S: 'a' }, mail: { S: 'old@x' } };
    const now = { userId: { S: 'a' }, email: { S: 'new@x' }, _schemaVersion: { N: '2' } };
    const change = parseStreamRecord(manager, record('MODIFY', 'us#a', 'us', { old, now }));
    expect([change?.kind, change?.before?.get('email'), change?.after?.get('email')]).toEqual(['changed', 'old@x', 'new@x']);
  });

  it('of a soft delete is a delete, and of a restore a creation', () => {
    const alive = { userId: { S: 'a' }, _schemaVersion: { N: '2' } };
    const dead = { ...alive, deletedAt: { N: '1' } };
    const kinds = [
      [alive, dead],
      [dead, alive],
      [dead, dead],
    ].map(([old = {}, now = {}]) => parseStreamRecord(manager, record('MODIFY', 'us#a', 'us', { old, now }))?.kind);
    expect(kinds).toEqual(['deleted', 'created', 'changed']);
  });

  it('of an expiry says so', () => {
    const removed = record('REMOVE', 'us#a', 'us', { old: { userId: { S: 'a' }, _schemaVersion: { N: '2' } } });
    const byTtl = { ...removed, userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' } };
    expect([removed, byTtl].map((one) => parseStreamRecord([User], one))).toMatchObject([
      { kind: 'deleted', isExpiry: false, after: null },
      { kind: 'deleted', isExpiry: true },
    ]);
  });

  it('without images still names the object', () => {
    expect(parseStreamRecord(manager, record('MODIFY', 'us#a', 'us', {}))).toMatchObject({
      kind: 'changed',
      primaryId: 'a',
      before: null,
      after: null,
    });
  });

  it('gives objects that are not saved', async () => {
    const change = parseStreamRecord(manager, record('MODIFY', 'us#a', 'us', { now: { userId: { S: 'a' }, _schemaVersion: { N: '2' } } }));
    await expect(change?.after?.save()).rejects.toThrow(ConfigurationError);
  });

  it.each([
    [1_700_000_000, 1_700_000_000_000],
    [1_700_000_000_123, 1_700_000_000_123],
    [1_700_000_000_123_456, 1_700_000_000_123],
    [new Date(5), 5],
  ])('has the time %s in milliseconds', (ApproximateCreationDateTime, atMs) => {
    const { dynamodb = {} } = record('MODIFY', 'us#a', 'us', {});
    expect(parseStreamRecord(manager, { eventName: 'MODIFY', dynamodb: { ...dynamodb, ApproximateCreationDateTime } })?.atMs).toBe(atMs);
  });
});
