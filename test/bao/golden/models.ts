/** The models behind `items.json`, rows that dynamo-bao 0.6.0 has written (models `All`, `One` and `Root`, with and without the tenant "acme"). */
import { BaoModel, fields, IndexConfig, PrimaryKeyConfig, UniqueConstraintConfig } from '../../../src/bao/index.ts';

export class All extends BaoModel {
  static override modelPrefix = 'al';
  static override iterable = true;
  static override iterationBuckets = 10;
  static override searchable = true;
  static override searchConfig = { fields: ['s', 's2'], caseSensitive: false, minTermLength: 2, dedupe: true };
  static override fields = {
    id: fields.UlidField({ autoAssign: true }),
    s: fields.StringField(),
    s2: fields.StringField(),
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

export class One extends BaoModel {
  static override modelPrefix = 'on';
  static override iterable = true;
  static override iterationBuckets = 1;
  static override fields = { k: fields.StringField({ required: true }), n: fields.IntegerField({ required: true }), t: fields.StringField() };
  static override primaryKey = PrimaryKeyConfig('k', 'n');
  static override indexes = { list: this.primaryKey };
}

export class Root extends BaoModel {
  static override modelPrefix = 'ro';
  static override fields = { id: fields.StringField({ required: true }), t: fields.StringField() };
  static override primaryKey = PrimaryKeyConfig('modelPrefix', 'id');
}
