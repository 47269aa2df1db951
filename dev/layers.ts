/**
 * Who may import whom. Writes the table below into the linter's configuration.
 *
 *     node dev/layers.ts            writes .oxlintrc.layers.json, which .oxlintrc.json extends
 *     node dev/layers.ts --check    writes nothing; fails when that file is out of date, or a folder of src is no room
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One row of the table: a room, and what its files may import besides each other. */
interface Room {
  /** rooms, or files of rooms as patterns ("objects/stubs.ts") */
  mayImport: readonly string[];
  /** rooms whose types it may import, and nothing that exists at run time */
  mayImportTypesOf?: readonly string[];
  /** runs in Node, and so may import its modules and the YAML parser */
  isNode?: true;
}

const FLOOR_0 = ['lib'];
const FLOOR_1 = ['wire', ...FLOOR_0];
const FLOOR_2 = ['dynamo', 'runs', ...FLOOR_1];
const FLOOR_3 = ['bao', 'objects', 'world', 'sandbox', 'edge', ...FLOOR_2];
const FLOOR_4 = ['accounts', 'access', ...FLOOR_3];
/** What entries that act for a principal may import: they get at models through their rules, and so at no function of the model layer. */
const GUARDED: Room = { mayImport: FLOOR_4.filter((room) => room !== 'bao'), mayImportTypesOf: ['bao'] };
const FLOOR_5 = ['routes', 'queues', 'cron', 'rpc', ...FLOOR_4];

/** By folder of src. A room that is not listed in another's row is refused there: neighbours, and whatever is above. */
const ROOMS: Readonly<Record<string, Room>> = {
  lib: { mayImport: [] },
  wire: { mayImport: FLOOR_0 },
  dynamo: { mayImport: FLOOR_1 },
  runs: { mayImport: FLOOR_1 },
  bao: { mayImport: ['dynamo', ...FLOOR_1] },
  objects: { mayImport: FLOOR_2 },
  world: { mayImport: ['runs', ...FLOOR_1] },
  // Stands in for modules of Node where workflows run: a bundler is told to take these instead.
  sandbox: { mayImport: [] },
  edge: { mayImport: FLOOR_1 },
  access: { mayImport: ['bao', ...FLOOR_1] },
  // Objects are called through their interfaces: importing one would put its code and its bindings into the caller.
  accounts: { mayImport: ['edge', 'objects/*/rpc.ts', 'objects/stubs.ts', ...FLOOR_1] },
  routes: GUARDED,
  queues: { mayImport: FLOOR_4 },
  cron: { mayImport: FLOOR_4 },
  rpc: GUARDED,
  'remote-world': { mayImport: ['world', 'runs', ...FLOOR_1], isNode: true },
  client: { mayImport: FLOOR_0, mayImportTypesOf: ['wire'] },
  // Tests of an application: callers of the service, who make the keys that they call with.
  testing: { mayImport: ['client', 'dynamo', 'accounts/api-key.ts', 'edge/env.ts', ...FLOOR_1] },
  // Pure files of accounts and edge are its exception: a command has to make the keys and events, and know the environment, that the service reads.
  cli: {
    mayImport: [
      'bao',
      'dynamo',
      'sandbox/names.ts',
      'sandbox/world-schemas.ts',
      'accounts/api-key.ts',
      'accounts/event-id.ts',
      'accounts/scopes.ts',
      'accounts/secrets.ts',
      'edge/env.ts',
      'edge/how-to-set.ts',
      ...FLOOR_1,
    ],
    isNode: true,
  },
};

/** The files beside the rooms: router.ts, service.ts, worker.ts. */
const HOUSE: Room = { mayImport: FLOOR_5 };

/** How many folders deep a room may be: each depth has an override, as rules see the text of an import and not the file it leads to. */
const MAX_DEPTH = 3;
const OUTPUT = '.oxlintrc.layers.json';

/** Node's modules under their old names, which bundlers take for packages. */
const BARE_NODE_MODULES = 'assert|buffer|child_process|crypto|events|fs|http|https|net|os|path|process|stream|timers|url|util|zlib';

interface Restriction {
  group?: string[];
  regex?: string;
  allowTypeImports?: true;
  message: string;
}

interface Override {
  files: string[];
  rules: { 'no-restricted-imports': ['error', { patterns: Restriction[] }] };
}

/** The overrides, one for each room and depth; of those that match a file the linter takes the last, so each carries all its restrictions. */
function overrides(): Override[] {
  const rooms = Object.entries(ROOMS).flatMap(([name, room]) => {
    return Array.from({ length: MAX_DEPTH }, (_, depth) => {
      return override([`src/${name}/${'*/'.repeat(depth)}*.ts`], [...climbing(name, room, depth), ...platform(name, room)]);
    });
  });
  return [
    ...rooms,
    override(['src/bao/node/*.ts'], [...climbing('bao', bao(), 1), ...platform('bao', { ...bao(), isNode: true })]),
    override(['src/*.ts'], [...leavingHouse(), ...platform('src', HOUSE)]),
    override(['examples/**/*.ts'], [CANONICAL, outsider('examples', 'the public subpaths of the package: steamer, steamer/bao and so on')]),
    override(['console/**/*.{ts,tsx}'], [CANONICAL, ...aroundConsole()]),
  ];
}

function override(files: string[], patterns: Restriction[]): Override {
  return { files, rules: { 'no-restricted-imports': ['error', { patterns }] } };
}

/** A path that goes into a folder and out again would pass by every pattern below. */
const CANONICAL: Restriction = {
  regex: String.raw`(?:^|/)(?:\.|[^/]*[^./][^/]*)/\.\.(?:/|$)`,
  message: 'Write the path without going into a folder and out again.',
};

/** What files `depth` folders inside a room may import from outside of it. */
function climbing(name: string, room: Room, depth: number): Restriction[] {
  const up = '../'.repeat(depth + 1);
  const types = room.mayImportTypesOf ?? [];
  const allowed = [...room.mayImport, ...types];
  const others = allowed.length === 0 ? 'nothing of ours' : allowed.join(', ');
  const message = `${name} may import ${others}. What it needs from elsewhere is handed to it, by an interface in wire.`;
  const outside: Restriction = { group: [`${up}**`, ...allowed.map((path) => `!${up}${pattern(path)}`)], message };
  const typesOnly = types.map((path): Restriction => {
    return {
      regex: `^(?:\\.\\./){${depth + 1}}${path}/`,
      allowTypeImports: true,
      message: `${name} may import types of ${path} only: import type.`,
    };
  });
  // Expressions before the group: a path that a group lets through is not looked at any more.
  return [CANONICAL, ...typesOnly, outside];
}

/** What the files beside the rooms may not import: the rooms that run elsewhere, and what is no part of src but the generated models. */
function leavingHouse(): Restriction[] {
  const elsewhere = Object.keys(ROOMS).filter((name) => !HOUSE.mayImport.includes(name));
  const message = `The Worker may import ${HOUSE.mayImport.join(', ')} and the generated models and limits.`;
  return [CANONICAL, { group: ['../**', '!../.bao/models.ts', '!../.bao/limits.ts', ...elsewhere.map((name) => `./${name}/**`)], message }];
}

/** What a room may not import of the platform. */
function platform(name: string, { isNode }: Room): Restriction[] {
  const self: Restriction = { group: ['steamer', 'steamer/**'], message: 'Inside the package, import files.' };
  const zod: Restriction = { group: ['zod', 'zod/**', '!zod/mini'], message: 'Import zod/mini: the whole of zod is 20 times its size.' };
  if (isNode) return [self, zod];
  const message = 'Code of the Worker imports no Node module but node:async_hooks.';
  const node: Restriction[] = [
    { group: ['node:*', 'node:*/**', '!node:async_hooks'], message },
    { regex: `^(?:${BARE_NODE_MODULES})(?:/|$)`, message },
  ];
  const yaml: Restriction = { group: ['yaml'], message: 'Files and YAML are read in src/cli and src/bao/node only.' };
  const validator: Restriction = { group: ['zod', 'zod/**'], message: 'bao takes any Standard Schema and imports no validator.' };
  return [self, ...node, yaml, name === 'bao' ? validator : zod];
}

function outsider(name: string, allowed: string): Restriction {
  return { group: ['**/src/**', '**/dev/**', '**/test/**', '**/bench/**'], message: `${name} may import ${allowed}.` };
}

/** The console is a client: it shares the forms of the wire with the service, and no code. */
function aroundConsole(): Restriction[] {
  const message = 'console may import steamer/client, and types of wire.';
  return [
    { regex: String.raw`^(?:\.\./)+src/wire/`, allowTypeImports: true, message: 'console may import types of wire only: import type.' },
    { group: ['**/src/**', '!**/src/wire/**', '**/dev/**', '**/test/**', '**/bench/**'], message },
    { group: ['steamer', 'steamer/**', '!steamer/client'], message },
  ];
}

function bao(): Room {
  return ROOMS['bao'] ?? HOUSE;
}

function pattern(path: string): string {
  return path.endsWith('.ts') ? path : `${path}/**`;
}

/** What the table does not cover: folders of src that are no room, and files too deep for an override. */
function uncovered(): string[] {
  const entries = readdirSync('src', { recursive: true, withFileTypes: true });
  const strangers = entries.filter((entry) => entry.isDirectory() && entry.parentPath === 'src' && !Object.hasOwn(ROOMS, entry.name));
  const tooDeep = entries.filter((entry) => entry.isFile() && entry.parentPath.split(/[\\/]/).length - 1 > MAX_DEPTH);
  return [
    ...strangers.map(({ name }) => `src/${name} is no room: add it to the table in dev/layers.ts`),
    ...tooDeep.map(
      (entry) => `${join(entry.parentPath, entry.name)} is deeper than ${MAX_DEPTH} folders: raise MAX_DEPTH in dev/layers.ts`,
    ),
  ];
}

/** JSON with a restriction on each line, so that a change of the table is a change of few lines. */
function textOf(all: readonly Override[]): string {
  const items = all.map(({ files, rules }) => {
    const [severity, { patterns }] = rules['no-restricted-imports'];
    const lines = patterns.map((restriction) => `\n        ${JSON.stringify(restriction)}`);
    return `    {
      "files": ${JSON.stringify(files)},
      "rules": { "no-restricted-imports": ["${severity}", { "patterns": [${lines.join(',')}
      ] }] }
    }`;
  });
  return `{\n  "overrides": [\n${items.join(',\n')}\n  ]\n}\n`;
}

function main(args: readonly string[]): number {
  const text = textOf(overrides());
  const problems = uncovered();
  if (args.includes('--check')) {
    if (readFileSync(OUTPUT, 'utf8') !== text) problems.push(`${OUTPUT} is out of date: run node dev/layers.ts`);
  } else {
    writeFileSync(OUTPUT, text);
  }
  for (const problem of problems) console.error(problem);
  return problems.length === 0 ? 0 : 1;
}

process.exitCode = main(process.argv.slice(2));
