/** The models of the tests of dynamo-bao's weaknesses, written as an application of dynamo-bao writes them. */
import { BaoModel, fields, IndexConfig, PrimaryKeyConfig, UniqueConstraintConfig } from '../../../src/bao/index.ts';

export class User extends BaoModel {
  static override modelPrefix = 'u';
  static override iterable = true;
  static override iterationBuckets = 2;
  static override fields = {
    userId: fields.StringField({ required: true }),
    name: fields.StringField(),
    email: fields.StringField(),
    age: fields.IntegerField(),
    joinedAt: fields.DateTimeField(),
  };
  static override primaryKey = PrimaryKeyConfig('userId');
  static override uniqueConstraints = {
    uniqueEmail: UniqueConstraintConfig('email', '_uc1'),
    uniqueAge: UniqueConstraintConfig('age', '_uc2'),
    uniqueJoinedAt: UniqueConstraintConfig('joinedAt', '_uc3'),
  };
}

export class Post extends BaoModel {
  static override modelPrefix = 'p';
  static override iterable = true;
  static override iterationBuckets = 2;
  static override fields = {
    postId: fields.StringField({ required: true }),
    authorId: fields.RelatedField('User'),
    title: fields.StringField(),
    n1: fields.StringField(),
    hits: fields.CounterField(),
    publishedAt: fields.DateTimeField(),
    updatedAt: fields.ModifiedDateField(),
    version: fields.VersionField(),
  };
  static override primaryKey = PrimaryKeyConfig('postId');
}

/** Listed in several ways. */
export class Article extends BaoModel {
  static override modelPrefix = 'a';
  static override keyEncoding = 'ordered' as const;
  static override fields = {
    articleId: fields.StringField({ required: true }),
    authorId: fields.RelatedField('User'),
    topic: fields.StringField(),
    rank: fields.IntegerField(),
    rating: fields.FloatField(),
    publishedAt: fields.DateTimeField(),
    updatedAt: fields.ModifiedDateField(),
  };
  static override primaryKey = PrimaryKeyConfig('articleId');
  static override indexes = {
    articlesForUser: IndexConfig('authorId', 'publishedAt', 'gsi1'),
    articlesByTopic: IndexConfig('topic', 'rank', 'gsi2'),
    articlesByRating: IndexConfig('modelPrefix', 'rating', 'gsi3'),
  };
}

/** A key of two parts, named as an index. */
export class Round extends BaoModel {
  static override modelPrefix = 'r';
  static override fields = {
    game: fields.StringField({ required: true }),
    number: fields.IntegerField({ required: true }),
    winner: fields.StringField(),
  };
  static override primaryKey = PrimaryKeyConfig('game', 'number');
  static override indexes = { rounds: this.primaryKey };
}

/** A key of two numbers, named as an index. */
export class Month extends BaoModel {
  static override modelPrefix = 'm';
  static override fields = {
    year: fields.IntegerField({ required: true }),
    month: fields.IntegerField({ required: true }),
    total: fields.IntegerField(),
  };
  static override primaryKey = PrimaryKeyConfig('year', 'month');
  static override indexes = { months: this.primaryKey };
}

/** All objects in one partition. */
export class Setting extends BaoModel {
  static override modelPrefix = 's';
  static override keyEncoding = 'ordered' as const;
  static override fields = { name: fields.StringField({ required: true }), value: fields.StringField() };
  static override primaryKey = PrimaryKeyConfig('modelPrefix', 'name');
  static override indexes = { allSettings: this.primaryKey };
}

export const MODELS = { User, Post, Article, Round, Month, Setting };
