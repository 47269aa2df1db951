/** One model with every kind of field, one with a key of two parts, one in one partition: of the library that is given. */
import type * as bao from '../../src/bao/index.ts';

type Library = Pick<typeof bao, 'BaoModel' | 'fields' | 'IndexConfig' | 'PrimaryKeyConfig' | 'UniqueConstraintConfig'>;

export function modelsOf({ BaoModel, fields, IndexConfig, PrimaryKeyConfig, UniqueConstraintConfig }: Library) {
  class All extends BaoModel {
    static override modelPrefix = 'al';
    static override iterable = true;
    static override iterationBuckets = 10;
    static override fields = {
      id: fields.UlidField({ autoAssign: true }),
      s: fields.StringField(),
      i: fields.IntegerField(),
      fl: fields.FloatField({ precision: 2 }),
      b: fields.BooleanField(),
      dt: fields.DateTimeField(),
      cd: fields.CreateDateField(),
      md: fields.ModifiedDateField(),
      v: fields.VersionField(),
      c: fields.CounterField({ defaultValue: 3 }),
      bin: fields.BinaryField(),
      ss: fields.StringSetField(),
      ttl: fields.TtlField(),
      rel: fields.RelatedField('All'),
    };
    static override primaryKey = PrimaryKeyConfig('id');
    static override indexes = {
      byS: IndexConfig('s', 'dt', 'gsi1'),
      byI: IndexConfig('i', 'fl', 'gsi2'),
      byB: IndexConfig('b', 'c', 'gsi3'),
      all: IndexConfig('modelPrefix', 'id', 'gsi4'),
      byRel: IndexConfig('rel', 'modelPrefix', 'gsi5'),
    };
    static override uniqueConstraints = { uniqueS: UniqueConstraintConfig('s', '_uc1'), uniqueI: UniqueConstraintConfig('i', '_uc2') };
  }

  class One extends BaoModel {
    static override modelPrefix = 'on';
    static override iterable = true;
    static override iterationBuckets = 1;
    static override fields = {
      k: fields.StringField({ required: true }),
      n: fields.IntegerField({ required: true }),
      t: fields.StringField(),
    };
    static override primaryKey = PrimaryKeyConfig('k', 'n');
    static override indexes = { list: this.primaryKey };
  }

  class Root extends BaoModel {
    static override modelPrefix = 'ro';
    static override fields = { id: fields.StringField({ required: true }), t: fields.StringField() };
    static override primaryKey = PrimaryKeyConfig('modelPrefix', 'id');
  }

  return { All, One, Root };
}
