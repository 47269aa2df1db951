/**
 * What dynamo-bao generates: CommonJS, its three modules.
 */
const { BaoModel, PrimaryKeyConfig, IndexConfig } = require('dynamo-bao/src/model.js');
const { GSI_INDEX_ID1 } = require('dynamo-bao/src/constants.js');
const { StringField, RelatedField } = require('dynamo-bao/src/fields.js');

class Post extends BaoModel {
  static modelPrefix = 'p';
  static iterable = false;
  static iterationBuckets = 0;

  static fields = {
    postId: StringField({ required: true }),
    userId: RelatedField('User', { required: true }),
    title: StringField(),
  };

  static primaryKey = PrimaryKeyConfig('postId', 'modelPrefix');

  static indexes = {
    postsForUser: IndexConfig('userId', 'postId', GSI_INDEX_ID1),
  };

  async getUser() {
    return await this.getOrLoadRelatedField('userId');
  }
}

module.exports = { Post };
