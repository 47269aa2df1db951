/** Writes the manifest: all models in one object, and what storage and routes have to know of them as plain data. */
import { BANNER } from './banner.ts';
import type { ModelDefinition } from './definitions.ts';
import { literal, objectLiteral, propertyName, quoted } from './literals.ts';
import { fileNameOf } from './names.ts';
import { importExtension, type OutputFormat, type SourceText } from './output-format.ts';
import { tableProfileOf } from './table-profile.ts';

/** Where the manifest finds what it imports. */
export interface ManifestImports {
  /** the model layer, "steamer/bao" */
  bao: string;
  /** the folder of the generated models, "./models" */
  models: string;
}

/** The texts of the manifest: an ES module in every format, as bundlers and `import` need it. */
export function emitManifest(models: readonly ModelDefinition[], imports: ManifestImports, format: OutputFormat): SourceText {
  const names = models.map(({ name }) => name).join(', ');
  const modelImports = models
    .map(({ name }) => `import { ${name} } from ${quoted(`${imports.models}/${fileNameOf(name)}${importExtension(format)}`)};\n`)
    .join('');
  const shapes = clientModels(models, imports, format);
  const typeImport = `import type { ModelOptions, TableProfile } from ${quoted(imports.bao)};\n`;
  const isTypeScript = format.language === 'typescript';
  const code = `${BANNER}
${isTypeScript ? typeImport : ''}${modelImports}
${names === '' ? '' : `export { ${names} };\n`}
/** All models by class name. */
export default { ${names} };

/** What storage knows of the models. */
export const tableProfile${isTypeScript ? ': TableProfile' : ''} = ${plain(tableProfileOf(models), 0)};

/** What the REST API may do with each model. */
export const modelOptions${isTypeScript ? ': Record<string, ModelOptions>' : ''} = ${optionsOf(models)};
${isTypeScript ? shapes : ''}`;
  if (isTypeScript) return { code, declarations: null };
  const declarations = `${BANNER}
${typeImport}${modelImports}
${names === '' ? '' : `export { ${names} };\n`}
declare const models: { ${models.map(({ name }) => `${name}: typeof ${name}`).join('; ')} };

/** All models by class name. */
export default models;

/** What storage knows of the models. */
export declare const tableProfile: TableProfile;

/** What the REST API may do with each model. */
export declare const modelOptions: Record<string, ModelOptions>;
${shapes}`;
  return { code, declarations };
}

/** Inline imports: a name of theirs could be that of a model. */
function clientModels(models: readonly ModelDefinition[], imports: ManifestImports, format: OutputFormat): string {
  const shapes = models.map(({ name, steamer: { path } }) => {
    const module = `${imports.models}/${fileNameOf(name)}${importExtension(format)}`;
    return `  ${propertyName(path)}: import(${quoted(module)}).${name}Shape;\n`;
  });
  return (
    `\n/** What clients know of the models, by their paths: the type argument of ` +
    '`createClient`' +
    `. */\nexport interface ClientModels {\n${shapes.join('')}}\n`
  );
}

function optionsOf(models: readonly ModelDefinition[]): string {
  const options = models.map(({ name, steamer: { access, cacheControl } }) => {
    return [name, plain({ access, cacheControl }, 2)] as const;
  });
  return objectLiteral(options, 0, 0);
}

/** Plain data as an expression. */
function plain(value: unknown, indent: number): string {
  if (Array.isArray(value)) return `[${value.map((item) => plain(item, indent)).join(', ')}]`;
  if (typeof value !== 'object') return literal(value as string | number | boolean); // what a profile is made of
  if (value === null) return 'null';
  const properties = Object.entries(value).map(([name, part]) => [name, plain(part, indent + 2)] as const);
  return objectLiteral(properties, indent, 100);
}
