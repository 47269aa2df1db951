/** Writes the manifest: all models in one object, and what storage and routes have to know of them as plain data. */
import { BANNER } from './banner.ts';
import type { ModelDefinition } from './definitions.ts';
import { literal, objectLiteral, quoted } from './literals.ts';
import { fileNameOf } from './names.ts';
import { tableProfileOf } from './table-profile.ts';

/** Where the manifest finds what it imports. */
export interface ManifestImports {
  /** the model layer, "steamer/bao" */
  bao: string;
  /** the folder of the generated models, "./models" */
  models: string;
}

/** The text of the manifest. */
export function emitManifest(models: readonly ModelDefinition[], imports: ManifestImports): string {
  const names = models.map(({ name }) => name);
  const options = models.map(({ name, steamer: { access, cacheControl } }) => {
    return [name, plain({ access, cacheControl }, 2)] as const;
  });
  return `${BANNER}
import type { ModelOptions, TableProfile } from ${quoted(imports.bao)};
${models.map(({ name }) => `import { ${name} } from ${quoted(`${imports.models}/${fileNameOf(name)}.ts`)};\n`).join('')}
${names.length === 0 ? '' : `export { ${names.join(', ')} };\n`}
/** All models by class name. */
export default { ${names.join(', ')} };

/** What storage knows of the models. */
export const tableProfile: TableProfile = ${plain(tableProfileOf(models), 0)};

/** What the REST API may do with each model. */
export const modelOptions: Record<string, ModelOptions> = ${objectLiteral(options, 0, 0)};
`;
}

/** Plain data as an expression. */
function plain(value: unknown, indent: number): string {
  if (Array.isArray(value)) return `[${value.map((item) => plain(item, indent)).join(', ')}]`;
  if (typeof value !== 'object') return literal(value as string | number | boolean); // what a profile is made of
  if (value === null) return 'null';
  const properties = Object.entries(value).map(([name, part]) => [name, plain(part, indent + 2)] as const);
  return objectLiteral(properties, indent, 100);
}
