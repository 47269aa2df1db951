/**
 * What dynamo-bao generates: CommonJS, its three modules.
 */
const { BaoModel, PrimaryKeyConfig, IndexConfig } = require('dynamo-bao/src/model.js');
const { GSI_INDEX_ID1 } = require('dynamo-bao/src/constants.js');
const { StringField, RelatedField } = require('dynamo-bao/src/fields.js');

class Order extends BaoModel {
  static modelPrefix = 'o';
  static iterable = false;
  static iterationBuckets = 0;

  static fields = {
    orderId: StringField({ required: true }),
    userId: RelatedField('User', { required: true }),
    title: StringField(),
  };

  static primaryKey = PrimaryKeyConfig('orderId', 'modelPrefix');

  static indexes = {
    ordersForUser: IndexConfig('userId', 'orderId', GSI_INDEX_ID1),
  };

  async getUser() {
    return await this.getOrLoadRelatedField('userId');
  }
}

module.exports = { Order };
