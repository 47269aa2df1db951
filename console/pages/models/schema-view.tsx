import type { JSX } from 'preact';
import { CurlLine, Json } from '../../parts/code.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { Loaded } from '../../parts/notices.tsx';
import { Card } from '../../parts/page.tsx';
import { pathOf, type ServiceRequest } from '../../service/request.ts';
import { useResource } from '../../service/resource.ts';
import { linkTo } from '../../shell/route.ts';
import { type Field, type Keys, keyFields, type Model } from './model.ts';

interface SchemaViewProps {
  tenant: string;
  model: Model;
  models: readonly Model[];
}

export function SchemaView({ tenant, model, models }: SchemaViewProps): JSX.Element {
  const request: ServiceRequest = { method: 'GET', path: pathOf(tenant, 'models', model.path, 'schema') };
  const schema = useResource<object>(request);
  return (
    <>
      <Card title="Fields">
        <Fields tenant={tenant} model={model} models={models} />
      </Card>
      <Card title="Keys and indexes">
        <DataTable
          label="Keys and indexes"
          rows={[['primary', model.primaryKey] as const, ...Object.entries(model.indexes)]}
          keyOf={([name]) => name}
          columns={[
            { title: 'Name', cell: ([name]) => name },
            { title: 'Partition', cell: ([, { partitionKey }]) => partitionOf(partitionKey) },
            {
              title: 'In order of',
              cell: ([, { sortKey }]: readonly [string, Keys]) =>
                sortKey === null ? <span class="muted">one item each</span> : <code>{sortKey}</code>,
            },
          ]}
        />
      </Card>
      <Card title="JSON Schema">
        <Loaded resource={schema}>{(value) => <Json value={value} label={`JSON Schema of ${model.name}`} />}</Loaded>
      </Card>
      <CurlLine request={request} />
    </>
  );
}

function partitionOf(partitionKey: string | null): JSX.Element {
  return partitionKey === null ? <span class="muted">all items in one</span> : <code>{partitionKey}</code>;
}

function Fields({ tenant, model, models }: SchemaViewProps): JSX.Element {
  const keys = keyFields(model.primaryKey);
  const unique = Object.values(model.uniqueConstraints);
  return (
    <DataTable
      label="Fields"
      rows={Object.entries(model.fields)}
      keyOf={([name]) => name}
      columns={[
        { title: 'Field', cell: ([name]) => <code>{name}</code> },
        { title: 'Kind', cell: ([, field]) => <Kind tenant={tenant} field={field} models={models} /> },
        {
          title: 'Is',
          cell: ([name, { required, readOnly, autoAssign = false }]) =>
            [
              keys.includes(name) && 'key',
              required && 'required',
              unique.includes(name) && 'unique',
              readOnly && 'written by the service',
              autoAssign && 'made when left out',
            ]
              .filter((word) => word !== false)
              .map((word) => (
                <span key={word} class="badge">
                  {word}
                </span>
              )),
        },
        {
          title: 'Default',
          cell: ([, { defaultValue }]) => (defaultValue === undefined ? '' : <code>{JSON.stringify(defaultValue)}</code>),
        },
      ]}
    />
  );
}

function Kind({ tenant, field, models }: { tenant: string; field: Field; models: readonly Model[] }): JSX.Element {
  const related = models.find(({ name }) => name === field.model);
  if (field.model === undefined) return <>{field.kind}</>;
  return <>to a {related === undefined ? field.model : <a href={linkTo(tenant, 'models', [related.path, 'schema'])}>{field.model}</a>}</>;
}
