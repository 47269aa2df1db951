/** Writes the file of one model. */
import { BANNER } from './banner.ts';
import type { ModelDefinition } from './definitions.ts';
import { emitStatics, factoriesOf } from './emit-class.ts';
import { emitMethods } from './emit-methods.ts';
import { emitTypes } from './emit-types.ts';
import { ImportList } from './import-list.ts';
import { methodsOf } from './methods.ts';
import { specifierOf } from './names.ts';

/**
 * The text of a model's file.
 *
 * @param models all models, for the methods that relations between them make
 * @param bao the specifier that the layer is imported from
 */
export function emitModel(model: ModelDefinition, models: readonly ModelDefinition[], bao: string): string {
  const imports = new ImportList(specifierOf(model.name));
  imports.value(bao, 'fields', 'typedModel', ...factoriesOf(model));
  const methods = emitMethods(methodsOf(model, models), { owner: model, bao, imports });
  return `${BANNER}
${imports.toString()}
${emitTypes(model)}
export class ${model.name} extends typedModel<${model.name}Shape>() {
${emitStatics(model)}${methods}}
`;
}
