import type { JSX } from 'preact';
import { Choice, TextArea, TextField } from '../../parts/field.tsx';
import type { Refusal } from '../../service/refusal.ts';
import { hintOf, isLong, type Texts, writableFields } from './item-form.ts';
import { type Field, isNumeric, keyFields, type Model } from './model.ts';

interface ItemFieldsProps {
  model: Model;
  isNew: boolean;
  texts: Texts;
  refusal: Refusal | null;
  onChange: (texts: Texts) => void;
}

/** An input for every field that can be written. */
export function ItemFields({ model, isNew, texts, refusal, onChange }: ItemFieldsProps): JSX.Element {
  const keys = keyFields(model.primaryKey);
  return (
    <>
      {writableFields(model, isNew).map(([name, field]) => (
        <ItemField
          key={name}
          name={name}
          field={field}
          isRequired={(field.required || keys.includes(name)) && field.autoAssign !== true && field.defaultValue === undefined}
          error={refusal?.of(`/${name}`) ?? null}
          value={texts[name] ?? ''}
          onInput={(text) => onChange({ ...texts, [name]: text })}
        />
      ))}
    </>
  );
}

interface ItemFieldProps {
  name: string;
  field: Field;
  isRequired: boolean;
  error: string | null;
  value: string;
  onInput: (text: string) => void;
}

function ItemField({ name, field, ...shared }: ItemFieldProps): JSX.Element {
  const described = { label: name, hint: hintOf(field), ...shared };
  if (field.kind === 'boolean')
    return (
      <Choice
        {...described}
        value={shared.value === 'true' || shared.value === 'false' ? shared.value : ''}
        options={[
          ['', 'not set'],
          ['true', 'true'],
          ['false', 'false'],
        ]}
        onChange={shared.onInput}
      />
    );
  if (isLong(field)) return <TextArea {...described} />;
  return <TextField {...described} type={isNumeric(field) ? 'number' : 'text'} />;
}
