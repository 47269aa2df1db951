/** Writes the methods of a model's class. */
import type { IndexDefinition, ModelDefinition } from './definitions.ts';
import { filteredType, hasParts } from './emit-types.ts';
import type { ImportList } from './import-list.ts';
import { quoted } from './literals.ts';
import type { Method } from './methods.ts';
import { specifierOf } from './names.ts';
import { keyPartType } from './native-types.ts';

/** A method before it is written in one language or another. */
export interface MethodSource {
  /** one sentence */
  doc: string;
  isStatic: boolean;
  name: string;
  parameters: readonly Parameter[];
  /** the type of what it answers */
  result: string;
  /** the expression that it returns */
  expression: string;
}

interface Parameter {
  name: string;
  type: string;
  /** the expression of its default value; null: it has to be given */
  initial: string | null;
}

/** Where a method's text is going to stand. */
export interface MethodContext {
  owner: ModelDefinition;
  /** the specifier of the model layer */
  bao: string;
  /** the extension by which models import each other */
  extension: string;
  /** gains what the methods need */
  imports: ImportList;
}

/** What the methods of a class do and take. */
export function methodSources(methods: readonly Method[], context: MethodContext): MethodSource[] {
  return methods.map((method) => methodSource(method, context));
}

/** The method in TypeScript, indented as a member of a class. */
export function typeScriptMethod({ doc, isStatic, name, parameters, result, expression }: MethodSource): string {
  const list = parameters.map(({ name: parameter, type, initial }) => `${parameter}: ${type}${initial === null ? '' : ` = ${initial}`}`);
  return `  /** ${doc} */
  ${isStatic ? 'static ' : ''}${name}(${onLines(list)}): ${result} {
    return ${expression};
  }
`;
}

/** The method in JavaScript, indented as a member of a class. */
export function javaScriptMethod({ doc, isStatic, name, parameters, expression }: MethodSource): string {
  const list = parameters.map(({ name: parameter, initial }) => (initial === null ? parameter : `${parameter} = ${initial}`));
  return `  /** ${doc} */
  ${isStatic ? 'static ' : ''}${name}(${list.join(', ')}) {
    return ${expression};
  }
`;
}

/** The method in a declaration file, indented as a member of a class. */
export function declaredMethod({ doc, isStatic, name, parameters, result }: MethodSource): string {
  const list = parameters.map(({ name: parameter, type, initial }) => `${parameter}${initial === null ? '' : '?'}: ${type}`);
  return `  /** ${doc} */
  ${isStatic ? 'static ' : ''}${name}(${onLines(list)}): ${result};
`;
}

/** A list of parameters, one per line where there are several. */
function onLines(parameters: readonly string[]): string {
  return parameters.length < 2 ? parameters.join('') : `\n${parameters.map((parameter) => `    ${parameter},\n`).join('')}  `;
}

type MethodOf<Kind extends Method['kind']> = Extract<Method, { kind: Kind }>;

function methodSource(method: Method, context: MethodContext): MethodSource {
  switch (method.kind) {
    case 'query-all':
      return queryAll(method, context);
    case 'find-by':
      return findBy(method, context);
    case 'get-one':
      return getOne(method, context);
    case 'query-many':
      return queryMany(method, context);
    case 'get-many':
      return getMany(method, context);
  }
}

function queryAll({ name, index }: MethodOf<'query-all'>, context: MethodContext): MethodSource {
  const model = context.owner.name;
  context.imports.value(context.bao, 'listByIndex');
  return {
    doc: `Lists all objects of the model by the index "${index.name}".`,
    isStatic: true,
    name,
    parameters: queryParameters(context.owner, index, context),
    result: `Promise<QueryResult<${model}>>`,
    expression: `listByIndex(this, ${quoted(index.name)}, this.modelPrefix, sortCondition, options)`,
  };
}

function findBy({ name, constraint, field }: MethodOf<'find-by'>, context: MethodContext): MethodSource {
  const { owner, bao, imports } = context;
  imports.value(bao, 'findByUnique');
  imports.type(bao, 'ObjectNotFound');
  return {
    doc: `The object whose \`${field.name}\` is \`value\`, if there is one.`,
    isStatic: true,
    name,
    parameters: [{ name: 'value', type: keyPartType(field.name, owner), initial: null }, findOptions(owner.name, context)],
    result: `Promise<${owner.name} | ObjectNotFound>`,
    expression: `findByUnique(this, ${quoted(constraint.name)}, value, options)`,
  };
}

function getOne({ name, field, model }: MethodOf<'get-one'>, context: MethodContext): MethodSource {
  const { bao, extension, imports } = context;
  imports.value(bao, 'loadOne');
  imports.type(bao, 'ObjectNotFound');
  imports.type(specifierOf(model, extension), model);
  return {
    doc: `The ${model} that \`${field.name}\` names; null when it names none.`,
    isStatic: false,
    name,
    parameters: [findOptions(model, context)],
    result: `Promise<${model} | ObjectNotFound | null>`,
    expression: `loadOne(this, ${quoted(field.name)}, options)`,
  };
}

function queryMany({ name, index, model }: MethodOf<'query-many'>, context: MethodContext): MethodSource {
  context.imports.value(context.bao, 'listMany');
  context.imports.type(specifierOf(model.name, context.extension), model.name);
  return {
    doc: `Lists the objects of ${model.name} that belong to this one, by the index "${index.name}".`,
    isStatic: false,
    name,
    parameters: queryParameters(model, index, context),
    result: `Promise<QueryResult<${model.name}>>`,
    expression: `listMany(this, ${quoted(model.name)}, ${quoted(index.name)}, sortCondition, options)`,
  };
}

function getMany({ name, index, model, target }: MethodOf<'get-many'>, context: MethodContext): MethodSource {
  const { bao, extension, imports } = context;
  const found = target.model?.name ?? model.name;
  imports.value(bao, 'listJoined');
  imports.type(bao, 'Filter', 'PageKey', 'QueryResult', 'SortCondition', 'ViaMapOptions');
  imports.type(specifierOf(model.name, extension), `${model.name}Shape`, ...filteredNames(model));
  imports.type(specifierOf(found, extension), found, `${found}Attributes`);
  const names = [model.name, index.name, target.name].map(quoted).join(', ');
  return {
    doc: `Lists the objects of ${found} that ${model.name} joins with this one, by the index "${index.name}".`,
    isStatic: false,
    name,
    parameters: [
      { name: 'mapSortCondition', type: sortConditionType(model, index), initial: 'null' },
      { name: 'limit', type: 'number | null', initial: 'null' },
      { name: 'direction', type: "'ASC' | 'DESC'", initial: "'ASC'" },
      { name: 'startKey', type: 'PageKey | null', initial: 'null' },
      { name: 'options', type: `ViaMapOptions<Filter<${filteredType(model)}>, keyof ${found}Attributes>`, initial: '{}' },
    ],
    result: `Promise<QueryResult<${found}>>`,
    expression: `listJoined(this, ${names}, mapSortCondition, { limit, direction, startKey, ...options })`,
  };
}

/** The options of a read of one object of `model`. */
function findOptions(model: string, { bao, extension, imports }: MethodContext): Parameter {
  imports.type(bao, 'FindOptions');
  imports.type(specifierOf(model, extension), `${model}Attributes`);
  return { name: 'options', type: `FindOptions<keyof ${model}Attributes>`, initial: '{}' };
}

/** The parameters of a query of `model` by `index`. */
function queryParameters(model: ModelDefinition, index: IndexDefinition, { bao, extension, imports }: MethodContext): Parameter[] {
  imports.type(bao, 'Filter', 'QueryOptions', 'QueryResult', 'SortCondition');
  imports.type(specifierOf(model.name, extension), `${model.name}Shape`, ...filteredNames(model));
  return [
    { name: 'sortCondition', type: sortConditionType(model, index), initial: 'null' },
    { name: 'options', type: `QueryOptions<Filter<${filteredType(model)}>, keyof ${model.name}Attributes>`, initial: '{}' },
  ];
}

/** What `filteredType` is made of. */
function filteredNames(model: ModelDefinition): string[] {
  return [`${model.name}Attributes`, ...(hasParts(model) ? [`${model.name}Parts`] : [])];
}

function sortConditionType(model: ModelDefinition, index: IndexDefinition): string {
  return `SortCondition<${model.name}Shape['indexes'][${quoted(index.name)}]> | null`;
}
