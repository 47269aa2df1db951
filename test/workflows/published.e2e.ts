/** The suites that the Workflow SDK publishes for Worlds, as they are on npm, on the World of an app in Node, whose runs a service on workerd keeps. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe } from 'vitest';
import { installPackages } from '../../dev/install-packages.ts';
import { startService, type RunningService } from './remote-service.ts';

const WORLD = fileURLToPath(new URL('../../src/remote-world/index.ts', import.meta.url));
/** By the folder of `published/` that has its packages. */
const SUITES = ['4.0', '5.0-beta.19', '5.0-beta.35'];

interface PublishedTests {
  createTestSuite: (world: string) => void;
}

let service: RunningService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

for (const suite of SUITES) {
  const folder = new URL(`published/${suite}/`, import.meta.url);
  installPackages(folder, '--ignore-scripts');
  const main = new URL('node_modules/@workflow/world-testing/dist/src/index.mjs', folder);
  const { createTestSuite } = (await import(main.href)) as PublishedTests; // a package of JavaScript
  describe(`the suite of the SDK's ${suite}`, () => {
    // They have tokens in common.
    beforeAll(async () => {
      const { url, key } = await service.tenant(`published-${suite.replaceAll('.', '-')}`);
      Object.assign(process.env, { STEAMER_URL: url, STEAMER_KEY: key });
    });
    createTestSuite(WORLD);
  });
}
