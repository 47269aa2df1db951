import type { JSX } from 'preact';
import { Field } from '../../parts/field.tsx';
import { pathOf, type ServiceRequest } from '../../service/request.ts';
import { useResource } from '../../service/resource.ts';
import { type Item, keyOf, type Model } from './model.ts';

interface PartitionFieldProps {
  tenant: string;
  model: Model;
  models: readonly Model[];
  field: string;
  value: string;
  onInput: (value: string) => void;
}

/** The partition to ask for. Of a related model that can be listed, its first items are proposed. */
export function PartitionField({ tenant, model, models, field, value, onInput }: PartitionFieldProps): JSX.Element {
  const related = models.find(({ name }) => name === model.fields[field]?.model);
  const proposals = useResource<{ items: Item[] }>(related === undefined ? null : listOf(tenant, related));
  return (
    <Field label={field} isRequired>
      {(attributes) => (
        <>
          <input
            {...attributes}
            value={value}
            list={`${attributes.id}-list`}
            autocomplete="off"
            spellcheck={false}
            onInput={(event) => onInput(event.currentTarget.value)}
          />
          <datalist id={`${attributes.id}-list`}>
            {related !== undefined &&
              proposals.answer?.value.items.map((item) => (
                <option key={keyOf(related, item).join('/')} value={keyOf(related, item).join('##__SK__##')} />
              ))}
          </datalist>
        </>
      )}
    </Field>
  );
}

function listOf(tenant: string, model: Model): ServiceRequest | null {
  const index = Object.entries(model.indexes).find(([, { partitionKey }]) => partitionKey === null)?.[0];
  return index === undefined ? null : { method: 'GET', path: pathOf(tenant, model.path), query: { index } };
}
