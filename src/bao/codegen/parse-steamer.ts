/** Reads the block `steamer:` of a model: what Steamer adds to dynamo-bao's definitions. */
import { RESERVED_MODEL_PATHS } from '../../wire/tenant.ts';
import { pathOfModel } from '../naming.ts';
import type { SteamerDefinition } from './definitions.ts';
import type { MapReader } from './map-reader.ts';
import { whyNotAPath } from './names.ts';
import { parseAccess } from './parse-access.ts';
import type { AccessSubject } from './parse-access.ts';
import type { IssueList, Position } from './source.ts';

/** How long a row is cached when the model does not say, in seconds. */
const DEFAULT_CACHE_SEC = 300;
/** 30 days: longer than any object keeps a row in memory. */
const MAX_CACHE_SEC = 2_592_000;

/** Longer than this no caller may be behind others' writes. */
const MAX_ISOLATE_CACHE_MS = 1_000;

/** RFC 9111 directives that make sense for answers that belong to one credential. */
const CACHE_CONTROL =
  /^(?:private|no-store|no-cache|no-transform|must-revalidate|immutable|(?:max-age|stale-while-revalidate|stale-if-error)=\d{1,9})$/;
/** Those that let shared caches keep an answer: of models that anybody may read. */
const SHARED_CACHE_CONTROL = /^(?:public|s-maxage=\d{1,9})$/;

/** What Steamer is told about the model, with defaults for what the file leaves out. */
export function parseSteamer(
  model: MapReader,
  modelName: string,
  nameAt: Position,
  subject: AccessSubject,
  issues: IssueList,
): SteamerDefinition {
  const block = model.map('steamer');
  const path = block?.text('path');
  const steamer: SteamerDefinition = {
    path: path?.value ?? pathOfModel(modelName),
    pathAt: path?.at ?? nameAt,
    isPathGiven: path !== undefined,
    cacheSec: block?.integer('cache', 0, MAX_CACHE_SEC)?.value ?? DEFAULT_CACHE_SEC,
    isolateCacheMs: block?.integer('isolateCache', 0, MAX_ISOLATE_CACHE_MS)?.value ?? null,
    changes: block?.boolean('changes')?.value ?? false,
    access: block === null ? 'read-write' : parseAccess(block, subject, issues),
    cacheControl: block?.text('cacheControl')?.value ?? null,
  };
  checkPath(steamer, model.what, issues);
  if (block !== null) {
    const at = block.entry('cacheControl')?.value.at ?? block.at;
    checkCacheControl(steamer, at, block.what, issues);
    block.finish();
  }
  return steamer;
}

function checkPath({ path, pathAt, isPathGiven }: SteamerDefinition, what: string, issues: IssueList): void {
  const reason = whyNotAPath(path);
  if (reason !== null) {
    issues.error(pathAt, `${what}: "${path}" can be no path; ${reason}`);
  } else if (RESERVED_MODEL_PATHS.has(path)) {
    const remedy = isPathGiven ? `try "${path}-items"` : `give the model another one: steamer: { path: ${path}-items }`;
    issues.error(pathAt, `${what}: the path "${path}" is reserved for the service; ${remedy}`);
  }
}

function checkCacheControl({ cacheControl, access }: SteamerDefinition, at: Position, what: string, issues: IssueList): void {
  const isPublic = typeof access !== 'string' && access.read.includes('public');
  const directives = (cacheControl ?? 'private').split(',').map((directive) => directive.trim());
  const shared = directives.find((directive) => SHARED_CACHE_CONTROL.test(directive));
  if (shared !== undefined && !isPublic)
    issues.error(at, `${what}: "cacheControl" has "${shared}", which is for models that anybody may read: access: { read: public }`);
  const wrong = directives.find((directive) => !CACHE_CONTROL.test(directive) && !SHARED_CACHE_CONTROL.test(directive));
  if (wrong === undefined) return;
  const examples =
    'private, no-store, no-cache, no-transform, must-revalidate, immutable, max-age=N, stale-while-revalidate=N or stale-if-error=N';
  issues.error(at, `${what}: "cacheControl" expected ${examples}, joined by commas, got "${wrong}"`);
}
