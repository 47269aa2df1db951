import type { JSX } from 'preact';
import { Page, Tabs } from '../../parts/page.tsx';
import { linkTo } from '../../shell/route.ts';
import { Items } from './items.tsx';
import type { Model } from './model.ts';
import { SchemaView } from './schema-view.tsx';

interface ModelPageProps {
  tenant: string;
  model: Model;
  models: readonly Model[];
  rest: readonly string[];
}

/** A model: its items, or its schema. */
export function ModelPage({ tenant, model, models, rest }: ModelPageProps): JSX.Element {
  const isSchema = rest[0] === 'schema';
  return (
    <Page title={model.name} trail={<a href={linkTo(tenant, 'models')}>Models</a>}>
      <Tabs
        label={`Of ${model.name}`}
        current={isSchema ? 'schema' : 'items'}
        tabs={[
          ['items', 'Items', linkTo(tenant, 'models', [model.path])],
          ['schema', 'Schema', linkTo(tenant, 'models', [model.path, 'schema'])],
        ]}
      />
      {isSchema ? (
        <SchemaView tenant={tenant} model={model} models={models} />
      ) : (
        <Items tenant={tenant} model={model} models={models} opened={rest[0] === 'item' ? rest.slice(1) : null} />
      )}
    </Page>
  );
}
