/** Writes the file of one model. */
import { BANNER } from './banner.ts';
import type { ModelDefinition } from './definitions.ts';
import {
  importFactories,
  importFeatures,
  importUpcasters,
  javaScriptStatics,
  type ModuleResolver,
  typeScriptStatics,
} from './emit-class.ts';
import { declaredMethod, javaScriptMethod, methodSources, typeScriptMethod } from './emit-methods.ts';
import { emitTypes } from './emit-types.ts';
import { ImportList } from './import-list.ts';
import { methodsOf } from './methods.ts';
import { importFieldTypes } from './native-types.ts';
import { specifierOf } from './names.ts';
import { importExtension, type OutputFormat, type SourceText } from './output-format.ts';

interface EmitOptions {
  /** the specifier that the layer is imported from */
  bao: string;
  format: OutputFormat;
  resolveModule: ModuleResolver;
}

/**
 * The texts of a model's file.
 *
 * @param models all models, for the methods that relations between them make
 */
export function emitModel(
  model: ModelDefinition,
  models: readonly ModelDefinition[],
  { bao, format, resolveModule }: EmitOptions,
): SourceText {
  const extension = importExtension(format);
  const imports = new ImportList(specifierOf(model.name, extension));
  importFactories(model, bao, imports);
  importFeatures(model, bao, imports);
  importUpcasters(model, imports, resolveModule);
  const methods = methodSources(methodsOf(model, models), { owner: model, bao, extension, imports });
  if (format.language === 'typescript') {
    const types = emitTypes(model);
    const heading = `export class ${model.name} extends typedModel<${model.name}Shape>() {`;
    imports.value(bao, 'typedModel');
    const members = `${typeScriptStatics(model)}${methods.map((method) => `\n${typeScriptMethod(method)}`).join('')}`;
    importFieldTypes(model, `${types}${members}`, bao, imports);
    return { code: `${BANNER}\n${imports.toTypeScript()}\n${types}\n${heading}\n${members}}\n`, declarations: null };
  }
  imports.value(bao, 'BaoModel');
  const members = `${javaScriptStatics(model)}${methods.map((method) => `\n${javaScriptMethod(method)}`).join('')}`;
  const ofClass = `class ${model.name} extends BaoModel {\n${members}}\n`;
  const code =
    format.moduleSystem === 'esm'
      ? `${BANNER}\n${imports.toModule()}\nexport ${ofClass}`
      : `${BANNER}\n${imports.toCommonJs()}\n${ofClass}\nexports.${model.name} = ${model.name};\n`;
  return { code, declarations: declarations(model, models, bao, extension) };
}

/** The types of a JavaScript file. The class is described as TypeScript's compiler would describe it. */
function declarations(model: ModelDefinition, models: readonly ModelDefinition[], bao: string, extension: string): string {
  const { name } = model;
  const imports = new ImportList(specifierOf(name, extension));
  const methods = methodSources(methodsOf(model, models), { owner: model, bao, extension, imports });
  imports.type(bao, 'TypedModel');
  const types = emitTypes(model);
  const members = methods.map((method) => declaredMethod(method)).join('\n');
  importFieldTypes(model, `${types}${members}`, bao, imports);
  return `${BANNER}
${imports.toDeclarations()}
${types}
declare const ${name}Base: TypedModel<${name}Shape>;

export declare class ${name} extends ${name}Base {
${members}}

export {};
`;
}
