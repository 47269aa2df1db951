import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { codegenCommand } from '../../../src/cli/codegen-command.ts';

const REPOSITORY = resolve(import.meta.dirname, '../../..');
const LAYER = join(REPOSITORY, 'src/bao/index.ts');
const MODELS = 20;
/** What twenty models may cost the compiler. Its memory and time follow from it. */
const MAX_INSTANTIATIONS = 3_000;

/** A model with eleven fields, a list of all, a relation in both directions and a unique value. */
function model(number: number): string {
  return `  Model${number}:
    modelPrefix: m${number}
    iterable: true
    fields:
      id: { type: UlidField, autoAssign: true }
      name: { type: StringField, required: true }
      email: { type: StringField, required: true }
      age: { type: IntegerField }
      score: { type: FloatField, precision: 2 }
      isActive: { type: BooleanField, defaultValue: true }
      ownerId: { type: RelatedField, model: Model${(number + 1) % MODELS}, required: true }
      tags: { type: StringSetField }
      createdAt: { type: CreateDateField }
      updatedAt: { type: ModifiedDateField }
      version: { type: VersionField }
    primaryKey: { partitionKey: id }
    indexes:
      all: { partitionKey: modelPrefix, sortKey: name, indexId: gsi1 }
      rows${number}ForOwner: { partitionKey: ownerId, sortKey: createdAt, indexId: gsi2 }
    uniqueConstraints:
      uniqueEmail: { field: email, uniqueConstraintId: uc1 }
`;
}

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steamer-type-cost-'));
  await symlink(join(REPOSITORY, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'models.yaml'), `models:\n${Array.from({ length: MODELS }, (_, number) => model(number)).join('')}`);
  for (const extension of ['ts', 'js']) {
    const args = [join(folder, 'models.yaml'), join(folder, extension), '--manifest', join(folder, `${extension}-models.${extension}`)];
    const code = await codegenCommand([...args, '--import', LAYER], { out: () => undefined, error: (line) => expect.unreachable(line) });
    expect(code).toBe(0);
  }
});

afterAll(() => rm(folder, { recursive: true }));

/** Type instantiations that the compiler makes for a file of the given lines. */
async function instantiations(name: string, lines: string): Promise<number> {
  await writeFile(join(folder, `${name}.ts`), lines);
  const config = {
    extends: join(REPOSITORY, 'tsconfig.json'),
    compilerOptions: { types: ['node'] },
    files: [`${name}.ts`],
    include: [],
    exclude: [],
  };
  await writeFile(join(folder, `tsconfig.${name}.json`), JSON.stringify(config));
  const compiler = join(REPOSITORY, 'node_modules/.bin/tsc');
  const output = await new Promise<string>((done) => {
    execFile(compiler, ['-p', `tsconfig.${name}.json`, '--extendedDiagnostics'], { cwd: folder }, (_error, stdout) => done(stdout));
  });
  const count = /^Instantiations:\s+(\d+)/m.exec(output)?.[1];
  if (count === undefined || /^(?:with|ts|js)/m.test(output)) throw new Error(output); // the last are errors in files of this folder
  return Number(count);
}

it.each(['ts', 'js'])(
  `costs the compiler at most ${MAX_INSTANTIATIONS} instantiations for ${MODELS} models in %s`,
  { timeout: 60_000 },
  async (extension) => {
    const without = await instantiations('without', `import { BaoModel } from '${LAYER}';\nvoid BaoModel;\n`);
    const withModels = await instantiations(
      `with-${extension}`,
      `import models from './${extension}-models.${extension}';\nvoid models.Model19.modelPrefix;\n`,
    );
    expect(withModels - without).toBeLessThanOrEqual(MAX_INSTANTIATIONS);
  },
);
