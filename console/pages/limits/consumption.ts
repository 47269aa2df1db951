/** As `GET /v1/{tenant}/limits` has it. */
export interface Consumption {
  policy: string;
  limit: string;
  of: 'tenant' | 'principal' | 'key' | 'address';
  override?: string;
  algorithm: string;
  capacity: number;
  used: number;
  left: number;
  moreInMs: number;
}

export const HOLDERS: Readonly<Record<Consumption['of'], string>> = {
  tenant: 'the whole tenant',
  principal: 'you',
  key: 'the key',
  address: 'the address',
};
