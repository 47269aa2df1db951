/** The items of a model: asked for by an index or by words, filtered, a page at a time. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { CurlLine } from '../../parts/code.tsx';
import { Empty, Failure, Waiting } from '../../parts/notices.tsx';
import { Paging, usePages } from '../../parts/paging.tsx';
import { useResource } from '../../service/resource.ts';
import { changeQuery, go, linkTo, place } from '../../shell/route.ts';
import { Cost } from './cost.tsx';
import { ItemPanel } from './item-panel.tsx';
import { type ItemQuery, keysOf, PRIMARY, queryParameters, readQuery, requestOf, SEARCH } from './item-query.ts';
import { ItemTable } from './item-table.tsx';
import type { Item, Model } from './model.ts';
import { NewItemPanel } from './new-item-panel.tsx';
import { QueryBar } from './query-bar.tsx';

interface ItemsProps {
  tenant: string;
  model: Model;
  models: readonly Model[];
  /** the key of the item that is opened */
  opened: readonly string[] | null;
}

export function Items({ tenant, model, models, opened }: ItemsProps): JSX.Element {
  const query = readQuery(model, place.value.query);
  const [isCreating, setCreating] = useState(false);
  const pages = usePages(JSON.stringify(queryParameters(query)));
  const request = requestOf(tenant, model, query, pages.cursor);
  const page = useResource<{ items: Item[]; cursor: string | null }>(request);
  const change = (changes: Partial<ItemQuery>): void =>
    changeQuery(queryParameters({ ...query, ...changes }), { isStep: changes.index !== undefined });
  const parameters = Object.fromEntries(place.value.query);
  const close = (): void => go(linkTo(tenant, 'models', [model.path], parameters));
  const { answer, refusal, isLoading, reload } = page;
  return (
    <>
      <QueryBar
        tenant={tenant}
        model={model}
        models={models}
        query={query}
        onChange={change}
        onCreate={() => setCreating(true)}
        onReload={reload}
      />
      <Failure refusal={refusal} retry={reload} />
      {request === null && <NothingAsked model={model} query={query} />}
      {request !== null && answer === null && refusal === null && <Waiting />}
      {answer !== null && answer.value.items.length === 0 && (
        <NoItems isFirst={pages.cursor === null} query={query} onCreate={() => setCreating(true)} />
      )}
      {answer !== null && answer.value.items.length > 0 && (
        <ItemTable
          tenant={tenant}
          model={model}
          models={models}
          items={answer.value.items}
          query={query}
          onChange={change}
          isBusy={isLoading}
        />
      )}
      {answer !== null && (
        <Paging pages={pages} next={answer.value.cursor}>
          <Cost answer={answer} />
        </Paging>
      )}
      {request !== null && <CurlLine request={request} />}
      {opened !== null && (
        <ItemPanel key={opened.join('/')} tenant={tenant} model={model} itemKey={opened} onChanged={reload} onClose={close} />
      )}
      {isCreating && (
        <NewItemPanel
          tenant={tenant}
          model={model}
          onClose={() => setCreating(false)}
          onCreated={(key) => {
            setCreating(false);
            reload();
            go(linkTo(tenant, 'models', [model.path, 'item', ...key], parameters));
          }}
        />
      )}
    </>
  );
}

function NothingAsked({ model, query: { index } }: { model: Model; query: ItemQuery }): JSX.Element {
  if (index === SEARCH)
    return (
      <Empty icon="models" title="What are you looking for?">
        <p>Words are looked for in {model.search?.fields.join(', ')}.</p>
      </Empty>
    );
  const name = index === PRIMARY ? 'The primary key' : index;
  return (
    <Empty icon="models" title={`Which ${keysOf(model, index).partitionKey ?? 'partition'}?`}>
      <p>
        {name} has the items of one {keysOf(model, index).partitionKey} each: enter it above, or choose another index.
      </p>
    </Empty>
  );
}

function NoItems({ isFirst, query, onCreate }: { isFirst: boolean; query: ItemQuery; onCreate: () => void }): JSX.Element {
  if (!isFirst) return <Empty icon="models" title="That was all" />;
  const isNarrowed = query.conditions.length > 0 || query.sortValue !== '' || query.index === SEARCH;
  return (
    <Empty icon="models" title={isNarrowed ? 'Nothing matches' : 'No items yet'}>
      {isNarrowed ? (
        <p>Fewer filters find more.</p>
      ) : (
        <Button kind="primary" icon="plus" onClick={onCreate}>
          New item
        </Button>
      )}
    </Empty>
  );
}
