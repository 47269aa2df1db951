/**
 * What dynamo-bao generates: CommonJS, its three modules, methods that use _getPkValue.
 */
const { BaoModel, PrimaryKeyConfig, IndexConfig } = require('dynamo-bao/src/model.js');
const { GSI_INDEX_ID1 } = require('dynamo-bao/src/constants.js');
const { StringField, BooleanField, MapField } = require('dynamo-bao/src/fields.js');
const { Post } = require('./post.js');
const { Order } = require('./order.js');

class User extends BaoModel {
  static modelPrefix = 'u';
  static iterable = true;
  static iterationBuckets = 10;
  static searchable = false;
  static searchConfig = null;

  static fields = {
    userId: StringField({ required: true, defaultValue: () => crypto.randomUUID() }),
    name: StringField({ required: true }),
    status: StringField(),
    emailPreferences: MapField({ notifications: BooleanField() }),
  };

  static primaryKey = PrimaryKeyConfig('userId', 'modelPrefix');

  static indexes = {
    byStatus: IndexConfig('status', 'name', GSI_INDEX_ID1),
  };

  async queryPosts(skCondition = null, options = {}) {
    return await Post.queryByIndex('postsForUser', this._getPkValue(), skCondition, options);
  }

  async queryOrders(skCondition = null, options = {}) {
    return await Order.queryByIndex('ordersForUser', this._getPkValue(), skCondition, options);
  }
}

module.exports = { User };
