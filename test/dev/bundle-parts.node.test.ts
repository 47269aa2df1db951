import { expect, it } from 'vitest';
import { partsOfBundle } from '../../dev/bundle-parts.ts';

it('adds up what each room, each object and each package has in a bundle, the largest first', () => {
  const inputs = {
    'src/routes/files.ts': { bytesInOutput: 20 },
    'src/routes/streams.ts': { bytesInOutput: 30 },
    'src/objects/tenant-store/reads.ts': { bytesInOutput: 70 },
    'src/objects/stream-hub/stream.ts': { bytesInOutput: 10 },
    'node_modules/jose/dist/sign.js': { bytesInOutput: 60 },
    'node_modules/@phi-ag/argon2/dist/index.js': { bytesInOutput: 40 },
    'src/worker.ts': { bytesInOutput: 5 },
    '.bao/models.ts': { bytesInOutput: 2 },
  };
  const outputs = {
    'worker.js.map': { inputs: { 'src/worker.ts': { bytesInOutput: 9 } } },
    'worker.js': { entryPoint: 'src/worker.ts', inputs },
  };
  expect(partsOfBundle({ outputs })).toEqual([
    ['objects/tenant-store', 70],
    ['jose', 60],
    ['routes', 50],
    ['@phi-ag/argon2', 40],
    ['objects/stream-hub', 10],
    ['others', 7],
  ]);
});
