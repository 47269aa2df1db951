import { describe, expect, it } from 'vitest';
import { bundleSize, inProject } from '../../bench/harness/bundle.ts';
import { steamerCoreProject, steamerWholeProject, steamerWalksProject } from '../../bench/schemas/projects.ts';
import { SCHEMAS } from '../../bench/schemas/schemas.ts';

/** What twenty models weigh with the layer and the client of DynamoDB, in bytes of gzip; `npm run bench -- bao-size` has the comparison. */
const CEILINGS = [
  { what: 'the core', write: steamerCoreProject, gzipBytes: 29_200 },
  { what: 'search, iteration, backfill and stream records as well', write: steamerWalksProject, gzipBytes: 38_950 },
  { what: 'everything', write: steamerWholeProject, gzipBytes: 62_000 },
];

describe('an application of twenty models', () => {
  it.each(CEILINGS)('has at most $gzipBytes bytes with $what', async ({ write, gzipBytes }) => {
    const size = await inProject(write, SCHEMAS, bundleSize);

    expect(size.gzipBytes).toBeLessThanOrEqual(gzipBytes);
  });

  it('grows by at most 150 bytes with each further model', async () => {
    const one = await inProject(steamerCoreProject, SCHEMAS.slice(0, 1), bundleSize);
    const all = await inProject(steamerCoreProject, SCHEMAS, bundleSize);

    expect((all.gzipBytes - one.gzipBytes) / (SCHEMAS.length - 1)).toBeLessThan(150);
  });
});
