import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Button, IconButton } from '../../parts/button.tsx';
import { Choice, TextField } from '../../parts/field.tsx';
import { type Condition, type ItemQuery, keysOf, OPERATORS, PRIMARY, SEARCH, SORT_OPERATORS } from './item-query.ts';
import type { Model } from './model.ts';
import { PartitionField } from './partition-field.tsx';

interface QueryBarProps {
  tenant: string;
  model: Model;
  models: readonly Model[];
  query: ItemQuery;
  onChange: (changes: Partial<ItemQuery>) => void;
  onCreate: () => void;
  onReload: () => void;
}

/** What to ask for; a question is asked when it is entered, not with every key. */
export function QueryBar({ tenant, model, models, query, onChange, onCreate, onReload }: QueryBarProps): JSX.Element {
  const [draft, setDraft] = useState(query);
  const asked = JSON.stringify(query);
  useEffect(() => setDraft(query), [asked]);
  const edit = (changes: Partial<ItemQuery>): void => setDraft({ ...draft, ...changes });
  const { partitionKey, sortKey } = keysOf(model, query.index);
  const isSearch = query.index === SEARCH;
  return (
    <form
      class="query"
      aria-label="Which items"
      onSubmit={(event) => {
        event.preventDefault();
        if (JSON.stringify(draft) === asked) onReload();
        else onChange(draft);
      }}
    >
      <div class="query-row">
        <Choice
          label="Index"
          value={query.index}
          options={indexesOf(model)}
          onChange={(index) => onChange({ index, partition: '', sortValue: '', conditions: [], words: '', isDescending: false })}
        />
        {isSearch && <TextField label="Words" type="search" value={draft.words} onInput={(words) => edit({ words })} />}
        {!isSearch && partitionKey !== null && (
          <PartitionField
            tenant={tenant}
            model={model}
            models={models}
            field={partitionKey}
            value={draft.partition}
            onInput={(partition) => edit({ partition })}
          />
        )}
        {!isSearch && sortKey !== null && (
          <>
            <Choice
              label={sortKey}
              value={draft.sortOperator}
              options={Object.entries(SORT_OPERATORS) as [keyof typeof SORT_OPERATORS, string][]} // of an object with these keys
              onChange={(sortOperator) => edit({ sortOperator })}
            />
            <TextField
              label={`Value of ${sortKey}`}
              placeholder="any"
              value={draft.sortValue}
              onInput={(sortValue) => edit({ sortValue })}
            />
            <Choice
              label="Order"
              value={query.isDescending ? 'desc' : 'asc'}
              options={[
                ['asc', 'ascending'],
                ['desc', 'descending'],
              ]}
              onChange={(order) => onChange({ isDescending: order === 'desc' })}
            />
          </>
        )}
      </div>
      {!isSearch &&
        draft.conditions.map((condition, index) => (
          <ConditionRow
            key={index}
            model={model}
            condition={condition}
            onChange={(changed) => edit({ conditions: draft.conditions.with(index, changed) })}
            onRemove={() => onChange({ ...draft, conditions: draft.conditions.toSpliced(index, 1) })}
          />
        ))}
      <div class="query-actions">
        {!isSearch && (
          <Button
            icon="plus"
            kind="quiet"
            onClick={() =>
              edit({ conditions: [...draft.conditions, { field: Object.keys(model.fields)[0] ?? '', operator: '$eq', text: '' }] })
            }
          >
            Filter
          </Button>
        )}
        <span class="spring" />
        <Button type="submit" icon="refresh">
          Run
        </Button>
        <Button kind="primary" icon="plus" onClick={onCreate}>
          New item
        </Button>
      </div>
    </form>
  );
}

function indexesOf(model: Model): [string, string][] {
  const named = Object.keys(model.indexes).map((name): [string, string] => [name, name]);
  return [...(model.search === null ? [] : [[SEARCH, 'search by words'] as [string, string]]), [PRIMARY, 'primary key'], ...named];
}

interface ConditionRowProps {
  model: Model;
  condition: Condition;
  onChange: (condition: Condition) => void;
  onRemove: () => void;
}

function ConditionRow({ model, condition, onChange, onRemove }: ConditionRowProps): JSX.Element {
  return (
    <div class="query-row">
      <Choice
        label="Field"
        value={condition.field}
        options={Object.keys(model.fields).map((name) => [name, name] as const)}
        onChange={(field) => onChange({ ...condition, field })}
      />
      <Choice
        label="Is"
        value={condition.operator}
        options={Object.entries(OPERATORS) as [keyof typeof OPERATORS, string][]} // of an object with these keys
        onChange={(operator) => onChange({ ...condition, operator })}
      />
      {condition.operator !== '$exists' && (
        <TextField label="Value" value={condition.text} onInput={(text) => onChange({ ...condition, text })} />
      )}
      <IconButton icon="trash" label="Remove the filter" onClick={onRemove} />
    </div>
  );
}
