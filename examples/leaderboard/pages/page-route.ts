/** Routes of pages that anybody may read. */
import type { RequestContext, Route } from 'steamer';

/** What a page's path names. */
export interface Asked {
  tenant: string;
  /** of the page's one benchmark, system or submission; empty on a page of all */
  id: string;
}

/** A page that is kept at the edge until a row of the tenant is written. */
export function keptPage(path: string, summary: string, show: (asked: Asked) => Promise<Response>): Route {
  return livePage(path, summary, (asked, { request, services, later }) =>
    services.sharedAnswers.answer(request, asked.tenant, () => show(asked), later),
  );
}

/** A page that is made anew for everybody who looks. */
export function livePage(path: string, summary: string, show: (asked: Asked, context: RequestContext) => Promise<Response>): Route {
  return {
    method: 'GET',
    path,
    summary,
    access: { scope: 'models:read', anonymous: true },
    limit: 'read',
    mutates: false,
    cacheable: true,
    bodyLimitBytes: 0,
    schemas: { responses: { 200: { contentMediaType: 'text/html', type: 'string' } } },
    handle(context) {
      const { tenant = '', id = '' } = context.params;
      return show({ tenant, id }, context);
    },
  };
}
