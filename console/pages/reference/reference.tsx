import type { JSX } from 'preact';
import { CurlLine } from '../../parts/code.tsx';
import { TextField } from '../../parts/field.tsx';
import { Empty, Loaded } from '../../parts/notices.tsx';
import { Page } from '../../parts/page.tsx';
import { pathOf, type ServiceRequest } from '../../service/request.ts';
import { useResource } from '../../service/resource.ts';
import type { PageProps } from '../../shell/pages.tsx';
import { changeQuery, linkTo, place } from '../../shell/route.ts';
import { type ApiDocument, found, groupsOf, type RouteGroup } from './api.ts';
import { Method, RoutePage } from './route-page.tsx';

/** Every route of a tenant, as its OpenAPI document describes it. */
export function Reference({ tenant, rest: [operationId] }: PageProps): JSX.Element {
  const request: ServiceRequest = { method: 'GET', path: pathOf(tenant, 'openapi.json') };
  const description = useResource<ApiDocument>(request);
  if (operationId === undefined)
    return (
      <Page title="API reference" lead="Every route of this tenant, with what it takes and answers, and calls of it to copy.">
        <Loaded resource={description}>{(document) => <Directory tenant={tenant} groups={groupsOf(document)} />}</Loaded>
        <CurlLine request={request} />
      </Page>
    );
  const document = description.answer?.value;
  const route = document && routeOf(document, operationId);
  if (document && route) return <RoutePage key={operationId} tenant={tenant} document={document} route={route} />;
  return (
    <Page title={operationId} trail={<a href={linkTo(tenant, 'reference')}>API reference</a>}>
      <Loaded resource={description}>
        {() => (
          <Empty icon="book" title={`There is no route “${operationId}” here`}>
            <p>
              <a href={linkTo(tenant, 'reference')}>See those that there are</a>
            </p>
          </Empty>
        )}
      </Loaded>
    </Page>
  );
}

function routeOf(document: ApiDocument, operationId: string): RouteGroup['routes'][number] | undefined {
  return groupsOf(document)
    .flatMap(({ routes }) => routes)
    .find((one) => one.operationId === operationId);
}

function Directory({ tenant, groups }: { tenant: string; groups: readonly RouteGroup[] }): JSX.Element {
  const search = place.value.query.get('q') ?? '';
  const shown = found(groups, search);
  return (
    <>
      <div class="narrow">
        <TextField
          label="Search"
          type="search"
          placeholder="GET cursor"
          hint="Of methods, paths, parameters and summaries"
          value={search}
          onInput={(text) => changeQuery({ q: text.trim() === '' ? null : text }, { isStep: false })}
        />
      </div>
      {shown.length === 0 && (
        <Empty icon="book" title="No route has these words">
          <p>Search for fewer of them.</p>
        </Empty>
      )}
      {shown.length > 0 && (
        <div class="card routes">
          {shown.map((group) => (
            <Group key={`${group.name} ${search === ''}`} tenant={tenant} group={group} isOpen={search !== ''} />
          ))}
        </div>
      )}
    </>
  );
}

function Group({ tenant, group: { name, routes }, isOpen }: { tenant: string; group: RouteGroup; isOpen: boolean }): JSX.Element {
  return (
    <details open={isOpen}>
      <summary>
        <h2>{name}</h2>
        <span class="fine">{routes.length === 1 ? 'one route' : `${routes.length} routes`}</span>
      </summary>
      <ul>
        {routes.map(({ operationId, method, path, summary }) => (
          <li key={operationId}>
            <a href={linkTo(tenant, 'reference', [operationId])}>
              <Method method={method} /> <code>{path}</code>
            </a>
            <span>{summary}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
