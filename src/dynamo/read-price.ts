/** What reads cost, where a figure in money says more than one in units. */

export interface ReadPrice {
  dollarsPerMillionReadUnits: number;
  region: string;
  source: string;
}

/** On demand, table class Standard, without taxes; other regions cost up to twice as much, provisioned capacity less. */
export const READ_PRICE: ReadPrice = {
  dollarsPerMillionReadUnits: 0.125,
  region: 'us-east-1',
  source: 'https://aws.amazon.com/dynamodb/pricing/on-demand/ (list price since November 2024)',
};
