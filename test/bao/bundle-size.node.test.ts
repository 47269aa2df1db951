import { describe, expect, it } from 'vitest';
import { bundleSize, inProject } from '../../bench/harness/bundle.ts';
import { steamerProject } from '../../bench/schemas/projects.ts';
import { SCHEMAS } from '../../bench/schemas/schemas.ts';

/** What twenty models weigh with the layer and the client of DynamoDB, in bytes of gzip; `npm run bench -- bao-size` has the comparison. */
const CEILINGS = [
  { layer: 'core.ts', exported: '{ initModels, runWithBatchContext, TenantContext }', gzipBytes: 28_900 },
  { layer: 'index.ts', exported: '*', gzipBytes: 61_700 },
];

describe('an application of twenty models', () => {
  it.each(CEILINGS)('has at most $gzipBytes bytes with $layer', async ({ layer, exported, gzipBytes }) => {
    const size = await inProject(steamerProject(layer, exported), SCHEMAS, bundleSize);

    expect(size.gzipBytes).toBeLessThanOrEqual(gzipBytes);
  });

  it('grows by at most 150 bytes with each further model', async () => {
    const write = steamerProject('core.ts', '{ initModels }');
    const one = await inProject(write, SCHEMAS.slice(0, 1), bundleSize);
    const all = await inProject(write, SCHEMAS, bundleSize);

    expect((all.gzipBytes - one.gzipBytes) / (SCHEMAS.length - 1)).toBeLessThan(150);
  });
});
