/** What every storage of the Workflow World promises, as a suite: the stable contract, `@workflow/world` 4.5, spec version 3. */
import { beforeAll, describe } from 'vitest';
import { describeHooks } from './workflow-storage/hooks.ts';
import { describeLists } from './workflow-storage/lists.ts';
import { describeRaces } from './workflow-storage/races.ts';
import { describeRuns } from './workflow-storage/runs.ts';
import { describeSteps } from './workflow-storage/steps.ts';
import { StorageFixture, type OpenStorage } from './workflow-storage/fixture.ts';
import { describeWaits } from './workflow-storage/waits.ts';

export type { OpenStorage } from './workflow-storage/fixture.ts';

/**
 * Declares the suite for one way of keeping runs.
 *
 * @param name stands in the titles
 * @param open makes a storage of an app of its own; called once
 */
export function describeWorkflowStorage(name: string, open: OpenStorage): void {
  describe(`${name} as storage of the Workflow World`, () => {
    const fixture = new StorageFixture();
    beforeAll(async () => fixture.open(await open()));
    describe('runs', () => describeRuns(fixture));
    describe('steps', () => describeSteps(fixture));
    describe('hooks', () => describeHooks(fixture));
    describe('waits', () => describeWaits(fixture));
    describe('lists and cursors', () => describeLists(fixture));
    describe('ten writers at once', () => describeRaces(fixture));
  });
}
