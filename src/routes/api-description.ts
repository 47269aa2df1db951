/** What the service offers, as OpenAPI describes it: to everybody, and to the principals of a tenant as far as they may use the models. */
import type { GuardedModel, ModelView } from '../access/index.ts';
import type { Principal } from '../wire/principal.ts';
import type { JsonSchema } from '../wire/route.ts';
import { apiDocument } from './api-document.ts';
import { definitionsOf } from './model-definitions.ts';
import { isUsable } from './models.ts';
import { json } from './respond.ts';
import { tenantOf } from './route.ts';
import type { RequestContext, Route } from './route.ts';

const SCHEMA = { type: 'object', required: ['openapi', 'info', 'paths'], description: 'an OpenAPI 3.1 document' };
const READ = { method: 'GET', limit: 'read', mutates: false, bodyLimitBytes: 0, schemas: { responses: { 200: SCHEMA } } } as const;

/**
 * `GET /openapi.json` and `GET /v1/{tenant}/openapi.json`.
 *
 * @param routes every route of the service, these two included, once the table is made
 */
export function apiDescriptionRoutes(guarded: ReadonlyMap<string, GuardedModel>, routes: () => readonly Route[]): Route[] {
  const models = [...guarded.values()].filter(({ options }) => options.access !== 'none');
  const describe = ({ services, url }: RequestContext, principal: Principal | null, tenant: string | null): JsonSchema => {
    const views = models.map((model) => model.as(principal));
    const hidden = views.filter((view) => !isUsable(view));
    return apiDocument({
      title: services.name,
      version: services.version,
      origin: services.environment.publicUrl ?? url.origin,
      tenant,
      routes: routes().filter(({ path }) => !hidden.some((view) => isOf(path, view))),
      definitions: Object.fromEntries(views.flatMap(definitionsOf)),
    });
  };
  return [
    {
      ...READ,
      path: '/openapi.json',
      summary: 'Describes every route of the service in OpenAPI 3.1, of models what anybody may use',
      access: 'public',
      limit: 'public',
      cacheable: true,
      handle: (context) => {
        const answer = async () => json(describe(context, null, null), 200, { 'cache-control': 'public, max-age=60' });
        return context.services.sharedAnswers.answer(context.request, null, answer, context.later);
      },
    },
    {
      ...READ,
      path: '/v1/:tenant/openapi.json',
      summary: 'Describes every route in OpenAPI 3.1, as far as the caller may use the models',
      access: { scope: 'models:read', anonymous: models.some(({ isPublic }) => isPublic) },
      cacheable: false,
      handle: (context) => json(describe(context, context.principal, tenantOf(context))),
    },
  ];
}

function isOf(path: string, { description }: ModelView): boolean {
  const [, , , noun, model] = path.split('/');
  return noun === description.path || (noun === 'models' && model === description.path);
}
