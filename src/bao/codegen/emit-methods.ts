/** Writes the methods of a model's class. */
import type { IndexDefinition, ModelDefinition } from './definitions.ts';
import type { ImportList } from './import-list.ts';
import { quoted } from './literals.ts';
import type { Method } from './methods.ts';
import { specifierOf } from './names.ts';
import { keyPartType } from './native-types.ts';

/** Where a method's text is going to stand. */
export interface MethodContext {
  owner: ModelDefinition;
  /** the specifier of the model layer */
  bao: string;
  /** gains what the methods need */
  imports: ImportList;
}

/** All methods of a class, each after an empty line. */
export function emitMethods(methods: readonly Method[], context: MethodContext): string {
  return methods.map((method) => `\n${emitMethod(method, context)}`).join('');
}

type MethodOf<Kind extends Method['kind']> = Extract<Method, { kind: Kind }>;

function emitMethod(method: Method, context: MethodContext): string {
  switch (method.kind) {
    case 'query-all':
      return emitQueryAll(method, context);
    case 'find-by':
      return emitFindBy(method, context);
    case 'get-one':
      return emitGetOne(method, context);
    case 'query-many':
      return emitQueryMany(method, context);
    case 'get-many':
      return emitGetMany(method, context);
  }
}

function emitQueryAll({ name, index }: MethodOf<'query-all'>, context: MethodContext): string {
  const model = context.owner.name;
  return `  /** Lists all objects of the model by the index "${index.name}". */
  static ${name}(${queryParameters(context.owner, index, context)}): Promise<QueryResult<${model}>> {
    return this.queryByIndex(${quoted(index.name)}, this.modelPrefix, sortCondition, options);
  }
`;
}

function emitFindBy({ name, constraint, field }: MethodOf<'find-by'>, { owner, bao, imports }: MethodContext): string {
  imports.type(bao, 'ObjectNotFound');
  return `  /** The object whose \`${field.name}\` is \`value\`, if there is one. */
  static ${name}(value: ${keyPartType(field.name, owner)}): Promise<${owner.name} | ObjectNotFound> {
    return this.findByUniqueConstraint(${quoted(constraint.name)}, value);
  }
`;
}

function emitGetOne({ name, field, model }: MethodOf<'get-one'>, context: MethodContext): string {
  context.imports.type(context.bao, 'ObjectNotFound');
  context.imports.type(specifierOf(model), model);
  return `  /** The ${model} that \`${field.name}\` names; null when it names none. */
  ${name}(): Promise<${model} | ObjectNotFound | null> {
    return this.getOrLoadRelatedField(${quoted(field.name)}) as Promise<${model} | ObjectNotFound | null>; // the field names no other model
  }
`;
}

function emitQueryMany({ name, index, model }: MethodOf<'query-many'>, context: MethodContext): string {
  context.imports.value(context.bao, 'relatedModel');
  context.imports.value(specifierOf(model.name), model.name);
  return `  /** Lists the objects of ${model.name} that belong to this one, by the index "${index.name}". */
  ${name}(${queryParameters(model, index, context)}): Promise<QueryResult<${model.name}>> {
    return relatedModel(this, ${model.name}).queryByIndex(${quoted(index.name)}, this.getPrimaryId(), sortCondition, options);
  }
`;
}

function emitGetMany({ name, index, model, target }: MethodOf<'get-many'>, context: MethodContext): string {
  const found = target.model?.name ?? model.name;
  context.imports.value(context.bao, 'relatedModel', 'relatedViaMap');
  context.imports.type(context.bao, 'PageKey', 'QueryResult', 'SortCondition');
  context.imports.value(specifierOf(model.name), model.name);
  context.imports.type(specifierOf(model.name), `${model.name}Shape`);
  context.imports.type(specifierOf(found), found);
  const query = [`relatedModel(this, ${model.name})`, quoted(index.name), 'this.getPrimaryId()', quoted(target.name), 'mapSortCondition'];
  return `  /** Lists the objects of ${found} that ${model.name} joins with this one, by the index "${index.name}". */
  ${name}(
    mapSortCondition: SortCondition<${model.name}Shape['indexes'][${quoted(index.name)}]> | null = null,
    limit: number | null = null,
    direction: 'ASC' | 'DESC' = 'ASC',
    startKey: PageKey | null = null,
  ): Promise<QueryResult<${found}>> {
    const page = relatedViaMap(${query.join(', ')}, { limit, direction, startKey });
    return page as Promise<QueryResult<${found}>>; // the field names no other model
  }
`;
}

/** The parameters of a query of `model` by `index`. */
function queryParameters(model: ModelDefinition, index: IndexDefinition, context: MethodContext): string {
  context.imports.type(context.bao, 'Filter', 'QueryOptions', 'QueryResult', 'SortCondition');
  context.imports.type(specifierOf(model.name), `${model.name}Attributes`, `${model.name}Shape`);
  return `
    sortCondition: SortCondition<${model.name}Shape['indexes'][${quoted(index.name)}]> | null = null,
    options: QueryOptions<Filter<${model.name}Attributes>> = {},
  `;
}
