import type { JSX } from 'preact';
import { DataTable } from '../../parts/data-table.tsx';
import { CurlLine } from '../../parts/code.tsx';
import { Empty, Loaded } from '../../parts/notices.tsx';
import { Page } from '../../parts/page.tsx';
import { pathOf, type ServiceRequest } from '../../service/request.ts';
import { useResource } from '../../service/resource.ts';
import type { PageProps } from '../../shell/pages.tsx';
import { linkTo } from '../../shell/route.ts';
import { keyFields, type Model } from './model.ts';
import { ModelPage } from './model-page.tsx';

/** The models of a tenant, and each of them. */
export function Models({ tenant, rest }: PageProps): JSX.Element {
  const request: ServiceRequest = { method: 'GET', path: pathOf(tenant, 'models') };
  const models = useResource<{ models: Model[] }>(request);
  const [path, ...within] = rest;
  if (path === undefined) {
    return (
      <Page title="Models" lead="What this tenant keeps in DynamoDB: each model is a set of routes, answered from memory where it can be.">
        <Loaded resource={models}>{({ models: all }) => <Directory tenant={tenant} models={all} />}</Loaded>
        <CurlLine request={request} />
      </Page>
    );
  }
  const all = models.answer?.value.models ?? [];
  const model = all.find((one) => one.path === path);
  if (model !== undefined) return <ModelPage key={path} tenant={tenant} model={model} models={all} rest={within} />;
  return (
    <Page title={path} trail={<a href={linkTo(tenant, 'models')}>Models</a>}>
      <Loaded resource={models}>
        {() => (
          <Empty icon="models" title={`There is no model “${path}” here`}>
            <p>
              <a href={linkTo(tenant, 'models')}>See those that there are</a>
            </p>
          </Empty>
        )}
      </Loaded>
    </Page>
  );
}

function Directory({ tenant, models }: { tenant: string; models: readonly Model[] }): JSX.Element {
  if (models.length === 0)
    return (
      <Empty icon="models" title="No model that you may use">
        <p>
          Models are written in <code>models.yaml</code>; <code>npm run generate-models</code> makes their routes. Their access rules say
          who may use them.
        </p>
      </Empty>
    );
  return (
    <DataTable
      label="Models"
      rows={models}
      keyOf={({ path }) => path}
      columns={[
        { title: 'Model', cell: ({ name, path }) => <a href={linkTo(tenant, 'models', [path])}>{name}</a> },
        { title: 'Path', cell: ({ path }) => <code>/{path}</code> },
        { title: 'Key', cell: ({ primaryKey }) => <code>{keyFields(primaryKey).join(' / ')}</code> },
        { title: 'Indexes', cell: ({ indexes }) => Object.keys(indexes).join(', ') || <span class="muted">none</span> },
        {
          title: 'Related to',
          cell: ({ relations }) =>
            [...new Set(Object.values(relations).map(({ model }) => model))].join(', ') || <span class="muted">nothing</span>,
        },
      ]}
    />
  );
}
