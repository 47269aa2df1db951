import { describeWorkflowStorage } from '../contract/workflow-storage.ts';
import { openStorage } from '../objects/workflow-run/run-fixture.ts';

describeWorkflowStorage('An object per run', () => openStorage());
