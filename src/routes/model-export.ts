/** All items of a model as JSON lines. */
import type { ModelView } from '../access/index.ts';
import type { ModelDescription } from '../bao/index.ts';
import { ExportWalk } from './export-walk.ts';
import type { ExportQuery } from './export-walk.ts';
import { JSON_LINES_TYPE, jsonLines } from './json-lines.ts';
import { knownFields } from './model-query.ts';
import { modelRoute } from './model-route.ts';
import type { ServedModel } from './model-route.ts';
import { OPERATORS, takeSealedCursor, takeTerms } from './model-search.ts';
import { ParameterReader } from './parameter-reader.ts';
import { requireStrongIndex } from './read-mode.ts';
import type { RequestContext, Route } from './route.ts';
import { inTenant } from './tenant-work.ts';

/** `GET …/export` of a model that is iterable; none for another. */
export function exportRoutes(served: ServedModel): Route[] {
  const { collectionPath, description } = served;
  if (!description.isIterable) return [];
  return [
    modelRoute(served, {
      method: 'GET',
      limit: 'batch',
      path: `${collectionPath}/export`,
      summary: `Exports all ${description.path} as JSON lines`,
      bodyLimitBytes: 0,
      schemas: {
        query: {
          fields: { type: 'string' },
          limit: { type: 'integer', minimum: 1 },
          cursor: { type: 'string' },
          ...(description.search === null ? {} : { q: { type: 'string' }, operator: { type: 'string', enum: Object.keys(OPERATORS) } }),
        },
        responses: { 200: { contentMediaType: 'application/jsonl', description: 'items, and lines of a member "_cursor"' } },
      },
      handle: exportItems,
    }),
  ];
}

async function exportItems(context: RequestContext, view: ModelView): Promise<Response> {
  const query = readExport(view.description, context.url);
  requireStrongIndex(context.readMode, 'of exports');
  const walk = new ExportWalk(view, query, context);
  // What can be wrong with the request shows in its first page, while the answer can still have another status.
  const first = await walk.next({ maxPages: 1 });
  const body = jsonLines(first, {
    next: (signal) => inTenant(context, () => walk.next({ signal })),
    failed: (error) => walk.failed(error),
  });
  return new Response(body, { headers: { 'content-type': JSON_LINES_TYPE } });
}

function readExport(description: ModelDescription, url: URL): ExportQuery {
  const reader = new ParameterReader(url);
  const query = {
    fields: knownFields(reader.list('fields'), description),
    limit: reader.integer('limit', Infinity, Number.MAX_SAFE_INTEGER),
    cursor: takeSealedCursor(reader),
    filter: description.search !== null && reader.has('q') ? takeFilter(description, reader) : null,
  };
  reader.finish(`fields, limit, cursor${description.search === null ? '' : ', q, operator'}`);
  return query;
}

/** The same words as of a search, over the text that the index has. */
function takeFilter(description: ModelDescription, reader: ParameterReader): ExportQuery['filter'] {
  const terms = takeTerms(description, reader).map((term) => ({ _searchText: { $contains: term } }));
  return reader.oneOf('operator', OPERATORS, '$and') === '$and' ? { $and: terms } : { $or: terms };
}
