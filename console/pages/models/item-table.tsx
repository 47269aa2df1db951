import type { ComponentChildren, JSX } from 'preact';
import { Clipped, DataTable } from '../../parts/data-table.tsx';
import { Time } from '../../parts/time.tsx';
import { linkTo, place } from '../../shell/route.ts';
import { type ItemQuery, keysOf, SEARCH } from './item-query.ts';
import { type Field, isInstant, isNumeric, type Item, keyFields, keyOf, keyOfRelated, type Model, textOf } from './model.ts';

interface ItemTableProps {
  tenant: string;
  model: Model;
  models: readonly Model[];
  items: readonly Item[];
  query: ItemQuery;
  onChange: (changes: Partial<ItemQuery>) => void;
  isBusy: boolean;
}

export function ItemTable({ tenant, model, models, items, query, onChange, isBusy }: ItemTableProps): JSX.Element {
  const { sortKey } = keysOf(model, query.index);
  const parameters = Object.fromEntries(place.value.query);
  const open = (item: Item, text: ComponentChildren): JSX.Element => (
    <a href={linkTo(tenant, 'models', [model.path, 'item', ...keyOf(model, item)], parameters)}>{text}</a>
  );
  const sort = {
    direction: query.isDescending ? ('descending' as const) : ('ascending' as const),
    onToggle: () => onChange({ isDescending: !query.isDescending }),
  };
  return (
    <DataTable
      label={`${model.name} items`}
      rows={items}
      keyOf={(item) => keyOf(model, item).join('/')}
      isBusy={isBusy}
      columns={ordered(model).map(([name, field], index) => ({
        title: name,
        isNumber: isNumeric(field),
        cell: (item: Item) =>
          index === 0 ? (
            open(item, textOf(item[name]) || '(none)')
          ) : (
            <Value tenant={tenant} field={field} value={item[name]} models={models} />
          ),
        ...(name === sortKey && query.index !== SEARCH ? { sort } : {}),
      }))}
    />
  );
}

/** The key first, then as the model has them. */
function ordered(model: Model): [name: string, field: Field][] {
  const keys = keyFields(model.primaryKey);
  const entries = Object.entries(model.fields);
  return [...entries.filter(([name]) => keys.includes(name)), ...entries.filter(([name]) => !keys.includes(name))];
}

function Value({ tenant, field, value, models }: { tenant: string; field: Field; value: unknown; models: readonly Model[] }): JSX.Element {
  if (value === undefined || value === null) return <span class="muted">–</span>;
  if (isInstant(field) && typeof value === 'string') return <Time at={value} />;
  const related = field.kind === 'related' ? models.find(({ name }) => name === field.model) : undefined;
  if (related !== undefined)
    return <a href={linkTo(tenant, 'models', [related.path, 'item', ...keyOfRelated(value)])}>{keyOfRelated(value).join(' / ')}</a>;
  return <Clipped text={textOf(value)} />;
}
