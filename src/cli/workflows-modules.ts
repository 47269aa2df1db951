/** The modules that a Worker imports in the place of the Workflow SDK's output: pure functions of that output. */
import { SANDBOX_NAMES } from '../sandbox/names.ts';
import { CommandError } from './accounts-database.ts';

export interface WorkflowManifest {
  /** by file, by name */
  workflows?: Record<string, Record<string, { workflowId: string }>>;
}

export interface TokenRoute {
  /** the SDK's route, with the token in the place of its code */
  code: string;
  token: string;
  /** the code of all workflows, which the SDK would have evaluated */
  workflowCode: string;
}

const WORKFLOW_CODE = /const workflowCode = `([\s\S]*?[^\\])`;/;

/**
 * Takes the code of the workflows out of the SDK's route: a Worker cannot evaluate text.
 *
 * @throws CommandError when the route has another shape
 */
export function withToken(route: string, deploymentId: string): TokenRoute {
  const [whole, quoted] = WORKFLOW_CODE.exec(route) ?? [];
  if (whole === undefined || quoted === undefined || !route.includes('workflowEntrypoint(workflowCode'))
    throw new CommandError(
      'The Workflow SDK writes its route in a form that is not known here: expected `const workflowCode = `…`` and workflowEntrypoint(workflowCode …). Steamer is tested with workflow 4.8; is another version installed?',
    );
  const token = `/*steamer:${deploymentId}*/`;
  return { code: route.replace(whole, () => `const workflowCode = ${JSON.stringify(token)};`), token, workflowCode: unquoted(quoted) };
}

/** The code as a function, whose parameters are what it may see of the world. */
export function compiledModule(workflowCode: string): string {
  const mapAt = workflowCode.lastIndexOf('//# sourceMappingURL=');
  const body = mapAt === -1 ? workflowCode : workflowCode.slice(0, mapAt);
  return `export const code = function (${SANDBOX_NAMES.join(', ')}) {\nreturn (function () {\n${body}\n})();\n};\n`;
}

/** The SDK's modules as files, as the application may not reach those of its dependencies by their names. */
export interface SdkModules {
  runtime: string;
  serialization: string;
  encryption: string;
}

/** The module that the Worker imports. The World comes first: the SDK asks for it while it is loaded. */
export function entryModule({
  runtime,
  sdk,
  token,
  workflows,
}: {
  runtime: string;
  sdk: SdkModules;
  token: string;
  workflows: ReadonlyMap<string, string>;
}): string {
  const refs = Object.fromEntries([...workflows].map(([name, workflowId]) => [name, { workflowId }]));
  return `import { world } from './world.mjs';
import { registerCode } from ${JSON.stringify(runtime)};
import { code } from './code.mjs';
import './flow.mjs';
import './steps.mjs';
import { recreateRunFromExisting, resumeHook, resumeWebhook, start, wakeUpRun } from ${JSON.stringify(sdk.runtime)};
import { hydrateDataWithKey } from ${JSON.stringify(sdk.serialization)};
import { importKey } from ${JSON.stringify(sdk.encryption)};
registerCode(${JSON.stringify(token)}, code);
export const workflows = ${JSON.stringify(refs, null, 2)};
const sdk = {
  resumeHook,
  resumeWebhook,
  start: async (workflowId, input) => (await start({ workflowId }, input)).runId,
  wakeUp: async (runId) => (await wakeUpRun(world, runId)).stoppedCount,
  runAgain: async (runId) => recreateRunFromExisting(world, runId, { deploymentId: await world.getDeploymentId() }),
  readPayload: async (payload, revivers, key) => hydrateDataWithKey(payload, revivers, key && (await importKey(key))),
};
export default { world, workflows, sdk };
`;
}

/** The types of that module. */
export function typesModule({ runtime, workflows }: { runtime: string; workflows: ReadonlyMap<string, string> }): string {
  const members = [...workflows.keys()].map((name) => `  ${JSON.stringify(name)}: WorkflowReference;`);
  return `import type { WorkflowBuild } from ${JSON.stringify(runtime)};
/** What \`start\` of \`workflow/api\` takes. */
export interface WorkflowReference {
  (...values: never[]): Promise<unknown>;
  workflowId: string;
}
export declare const workflows: {
${members.join('\n')}
};
declare const build: WorkflowBuild;
export default build;
`;
}

/** What stands in a template literal, without the backslashes that the SDK has put before \`, $ and \\. */
function unquoted(text: string): string {
  return text.replaceAll(/\\([\\`$])/g, '$1');
}
