/** What no library can do without: DynamoDB's answer as a value, of which nothing is decoded. */
import { baoRow } from './bao-user.ts';
import { found, type Library } from './contender.ts';

export const library: Library = {
  rowOf: baoRow,
  setUp({ answer }) {
    return {
      query: () => {
        const { Items }: { Items: object[] } = JSON.parse(answer('Query', () => ''));
        return Promise.resolve(Items.map(found));
      },
    };
  },
};
