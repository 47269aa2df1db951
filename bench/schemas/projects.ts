/** Small applications of the same models, one for each library, as folders that can be bundled and compiled. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { kebabCase, type Schema } from './schemas.ts';
import { electroSourceOf, electroUseOf, steamerUseOf, toolboxSourceOf, toolboxUseOf, yamlOf } from './write-schemas.ts';

/** An application, as files of its folder. */
export interface Project {
  /** exports what a Worker would use: the models and what starts them */
  main: string;
  /** creates, finds and lists objects of every model; null where no types would check it */
  use: string | null;
}

/** Writes an application of the schemas into an empty folder. */
export type WriteProject = (folder: string, schemas: readonly Schema[]) => Project;

const NODE_MODULES = pathOf('../node_modules');

const CORE_EXPORTS = '{ initModels, runWithBatchContext, TenantContext }';
/** The sub-paths for what goes over whole models, and the parts that such models ask for. */
const WALKS = ['search', 'iterate', 'backfill', 'stream-records', 'search-text', 'iteration-keys', 'schema-versions'];

/** Models that create, read, update, delete and query. */
export const steamerCoreProject: WriteProject = steamerProject('core', CORE_EXPORTS);
/** The same with everything for search, iteration, backfills and DynamoDB's streams. */
export const steamerWalksProject: WriteProject = steamerProject('core', CORE_EXPORTS, WALKS);
/** All of `steamer/bao`. */
export const steamerWholeProject: WriteProject = steamerProject('index', '*');

/**
 * @param layer the file of `src/bao` that the models import from
 * @param exported what the application exports of it
 * @param parts files of `src/bao` of which it exports everything
 */
function steamerProject(layer: string, exported: string, parts: readonly string[] = []): WriteProject {
  return (folder, schemas) => {
    const bao = pathOf(`../../src/bao/${layer}.ts`);
    mkdirSync(join(folder, 'models'));
    if (schemas.length > 0) {
      writeFileSync(join(folder, 'models.yaml'), yamlOf(schemas));
      const outputs = ['models.yaml', 'models', '--ts', '--manifest', 'manifest.ts', '--import', bao];
      execFileSync(process.execPath, [pathOf('../../src/cli/bao-codegen.ts'), ...outputs], {
        cwd: folder,
        stdio: ['ignore', 'ignore', 'inherit'],
      });
    }
    const models = schemas.length > 0 ? `export { default as models } from './manifest.ts';\n` : '';
    const further = parts.map((part, at) => `export * as part${at} from '${pathOf(`../../src/bao/${part}.ts`)}';\n`).join('');
    writeFileSync(join(folder, 'main.ts'), `${models}export ${exported} from '${bao}';\n${further}`);
    writeFileSync(join(folder, 'use.ts'), steamerUseOf(schemas));
    return { main: 'main.ts', use: 'use.ts' };
  };
}

export const dynamoBaoProject: WriteProject = (folder, schemas) => {
  linkPackages(folder);
  writeFileSync(join(folder, 'models.yaml'), yamlOf(schemas));
  execFileSync(process.execPath, [join(NODE_MODULES, 'dynamo-bao/bin/codegen.js'), 'models.yaml', 'models'], {
    cwd: folder,
    stdio: 'ignore',
  });
  const models = schemas.map(({ name }) => `export { ${name} } from './models/${kebabCase(name)}.js';\n`).join('');
  writeFileSync(join(folder, 'main.js'), `${models}export { initModels, runWithBatchContext, TenantContext } from 'dynamo-bao';\n`);
  return { main: 'main.js', use: null };
};

export const electroProject: WriteProject = (folder, schemas) => {
  linkPackages(folder);
  writeFileSync(join(folder, 'models.ts'), electroSourceOf(schemas));
  writeFileSync(join(folder, 'use.ts'), electroUseOf(schemas));
  return { main: 'models.ts', use: 'use.ts' };
};

export const toolboxProject: WriteProject = (folder, schemas) => {
  linkPackages(folder);
  writeFileSync(join(folder, 'models.ts'), toolboxSourceOf(schemas));
  writeFileSync(join(folder, 'use.ts'), toolboxUseOf(schemas));
  return { main: 'models.ts', use: 'use.ts' };
};

/** A resolver finds packages in the folders above a file, and these are above none of them. */
function linkPackages(folder: string): void {
  symlinkSync(NODE_MODULES, join(folder, 'node_modules'), 'dir');
}

function pathOf(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}
