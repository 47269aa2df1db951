/** `steamer workflows build`: the Workflow SDK's own builder, and what a Worker needs of its output. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SPEC_VERSION_CURRENT } from '../sandbox/world-schemas.ts';
import { CommandError } from './accounts-database.ts';
import { compiledModule, entryModule, typesModule, withToken, type SdkModules, type WorkflowManifest } from './workflows-modules.ts';

export interface WorkflowsBuildOptions {
  /** the folder of the project, where the SDK is installed */
  projectFolder: string;
  /** folders with workflows, relative to the project's */
  sourceFolders: readonly string[];
  /** where the modules are written, relative to the project's */
  outputFolder: string;
  /** what the modules import of Steamer */
  runtime: string;
}

export interface WorkflowsBuild {
  deploymentId: string;
  /** the names of the workflows */
  workflows: string[];
}

/** What of `@workflow/builders` is used here. */
interface BaseBuilder {
  getInputFiles(): Promise<string[]>;
  findTsConfigPath(): Promise<string | undefined>;
  createStepsBundle(options: object): Promise<unknown>;
  createWorkflowsBundle(options: object): Promise<{ manifest: WorkflowManifest }>;
}
type BuilderClass = new (config: object) => BaseBuilder;

/**
 * Builds the workflows of a project.
 *
 * @throws CommandError when the SDK is not there, or its output has another shape than the one that is known
 */
export async function buildWorkflows(options: WorkflowsBuildOptions): Promise<WorkflowsBuild> {
  const { projectFolder, sourceFolders, runtime } = options;
  const outputFolder = join(projectFolder, options.outputFolder);
  await mkdir(outputFolder, { recursive: true });
  const Builder = await loadBuilder(projectFolder);
  await checkSpecVersion(projectFolder);
  const builder = new Builder({
    dirs: sourceFolders,
    workingDir: projectFolder,
    buildTarget: 'standalone',
    stepsBundlePath: '',
    workflowsBundlePath: '',
    webhookBundlePath: '',
  });
  const inputFiles = await builder.getInputFiles();
  const common = { inputFiles, tsconfigPath: await builder.findTsConfigPath(), format: 'esm' };
  const [steps, flow] = [join(outputFolder, 'steps.mjs'), join(outputFolder, 'flow.mjs')];
  // What steps import stays an import: the Worker's bundler takes each file once, so that steps and routes have the same models.
  await builder.createStepsBundle({ ...common, outfile: steps, externalizeNonSteps: true });
  const { manifest } = await builder.createWorkflowsBundle({ ...common, outfile: flow, bundleFinalOutput: false });

  const [stepsCode, flowCode] = [await readFile(steps, 'utf8'), await readFile(flow, 'utf8')];
  const deploymentId = `dpl_${createHash('sha256').update(flowCode).update(stepsCode).digest('hex').slice(0, 24)}`;
  const route = withToken(flowCode, deploymentId);
  const workflows = workflowIds(manifest);
  await writeFile(flow, route.code);
  await writeFile(join(outputFolder, 'code.mjs'), compiledModule(route.workflowCode));
  await writeFile(
    join(outputFolder, 'world.mjs'),
    `import { installWorld } from ${JSON.stringify(runtime)};\nexport const world = installWorld(${JSON.stringify(deploymentId)});\n`,
  );
  await writeFile(
    join(outputFolder, 'index.mjs'),
    entryModule({ runtime, sdk: sdkModules(projectFolder, outputFolder), token: route.token, workflows }),
  );
  await writeFile(join(outputFolder, 'index.d.mts'), typesModule({ runtime, workflows }));
  return { deploymentId, workflows: [...workflows.keys()] };
}

/** Workflows by their names; of two with one name both have that of their file before it. */
function workflowIds({ workflows = {} }: WorkflowManifest): Map<string, string> {
  const all = Object.entries(workflows).flatMap(([file, ofFile]) =>
    Object.entries(ofFile).map(([name, { workflowId }]) => ({ file: file.replace(/^\.?\//, '').replace(/\.\w+$/, ''), name, workflowId })),
  );
  const count = (name: string): number => all.filter((other) => other.name === name).length;
  return new Map(all.map(({ file, name, workflowId }) => [count(name) > 1 ? `${file}/${name}` : name, workflowId]));
}

async function loadBuilder(projectFolder: string): Promise<BuilderClass> {
  try {
    const ofProject = createRequire(join(projectFolder, 'package.json'));
    const { BaseBuilder } = (await import(pathToFileURL(ofProject.resolve('@workflow/builders')).href)) as { BaseBuilder?: BuilderClass };
    if (BaseBuilder === undefined) throw new TypeError('@workflow/builders exports no BaseBuilder');
    return BaseBuilder;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CommandError(
      `The Workflow SDK is not to be found in ${projectFolder}: npm install workflow@^4.8 @workflow/builders@^4.1 (${reason})`,
    );
  }
}

/** What stands in for the SDK's `@workflow/world` has to be of its version. @throws CommandError for another one */
async function checkSpecVersion(projectFolder: string): Promise<void> {
  const ofRuntime = createRequire(ofSdk(projectFolder).resolve('@workflow/core/runtime'));
  const installed = (await import(pathToFileURL(ofRuntime.resolve('@workflow/world')).href)) as { SPEC_VERSION_CURRENT?: number };
  if (installed.SPEC_VERSION_CURRENT !== SPEC_VERSION_CURRENT)
    throw new CommandError(
      `The Workflow SDK makes runs of version ${installed.SPEC_VERSION_CURRENT}; expected ${SPEC_VERSION_CURRENT}. Steamer is tested with workflow 4.8; is another version installed?`,
    );
}

/** Finds what the SDK depends on. */
function ofSdk(projectFolder: string): NodeJS.Require {
  return createRequire(createRequire(join(projectFolder, 'package.json')).resolve('workflow/api'));
}

/** Where the SDK's modules are, seen from the output. They are dependencies of `workflow`. */
function sdkModules(projectFolder: string, outputFolder: string): SdkModules {
  const sdk = ofSdk(projectFolder);
  const path = (name: string): string => {
    const found = relative(outputFolder, sdk.resolve(name)).replaceAll('\\', '/');
    return found.startsWith('.') ? found : `./${found}`;
  };
  return {
    runtime: path('@workflow/core/runtime'),
    serialization: path('@workflow/core/serialization-format'),
    encryption: path('@workflow/core/encryption'),
  };
}
