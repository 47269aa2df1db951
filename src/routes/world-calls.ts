/** `/v1/{tenant}/workflows/apps/{app}/…`: the World of an app whose workflows run elsewhere, as calls and their outcomes, which are sequences of CBOR. */
import { readCborSequence, writeCbor } from '../lib/cbor.ts';
import { ServiceError } from '../lib/errors.ts';
import { joinBytes } from '../lib/join-bytes.ts';
import { WORLD_REQUEST_MAX_BYTES, type CallAccess } from '../wire/limits.ts';
import { TENANT_PATTERN, whyNotATenant } from '../wire/tenant.ts';
import { runInApp } from '../world/app-scope.ts';
import { makeWorldCalls, readWorldCalls, type CalledWorld } from '../world/world-calls.ts';
import { readBytes } from './read-body.ts';
import { tenantOf, type RequestContext, type Route } from './route.ts';

const CBOR = 'application/cbor-seq';
const SCHEMA = { contentMediaType: CBOR };

/** Reads and writes apart, as they need different scopes. */
export function worldCallRoutes(world: CalledWorld): Route[] {
  return (['read', 'write'] as const).map((access) => ({
    method: 'POST',
    path: `/v1/:tenant/workflows/apps/:app/${access}`,
    summary: `Calls of the Workflow World that ${access}`,
    access: { scope: `workflows:${access}` },
    limit: access,
    mutates: access === 'write',
    cacheable: false,
    bodyLimitBytes: WORLD_REQUEST_MAX_BYTES,
    schemas: { body: SCHEMA, responses: { 200: SCHEMA } },
    handle: (context) => handle(context, world, access),
  }));
}

async function handle(context: RequestContext, world: CalledWorld, access: CallAccess): Promise<Response> {
  const { request, route, params } = context;
  const app = params['app'] ?? '';
  if (!TENANT_PATTERN.test(app)) throw new ServiceError('invalid_input', `App: ${whyNotATenant(app)}.`);
  const type = request.headers.get('content-type') ?? '';
  if (type !== CBOR) throw new ServiceError('unsupported_media_type', `Expected content-type ${CBOR}, got ${type.slice(0, 80) || 'none'}.`);
  const calls = readWorldCalls(parsed(await readBytes(request, route.bodyLimitBytes)), access);
  if (!calls.ok) throw new ServiceError('invalid_input', `${calls.error.message}.`);
  const outcomes = await runInApp({ tenant: tenantOf(context), app }, () => makeWorldCalls(world, calls.value));
  // What is read may be large, and an answer that is held up to be compressed holds up the reader.
  return new Response(joinBytes(outcomes.map(writeCbor)), { headers: { 'content-type': CBOR, 'content-encoding': 'identity' } });
}

function parsed(body: Uint8Array): unknown[] {
  try {
    return readCborSequence(body);
  } catch (cause) {
    throw new ServiceError('invalid_input', 'Expected a sequence of CBOR (RFC 8742).', { cause });
  }
}
