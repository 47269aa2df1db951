/** Inputs with their labels, hints, and what is wrong with them. */
import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';

interface Described {
  label: string;
  hint?: ComponentChildren;
  error?: string | null | undefined;
  isRequired?: boolean;
}

/** Hands the attributes that tie an input to its label, hint and error to whoever makes the input. */
export function Field({
  label,
  hint,
  error = null,
  isRequired = false,
  children,
}: Described & {
  children: (attributes: { id: string; 'aria-describedby': string; 'aria-invalid': boolean; required: boolean }) => JSX.Element;
}): JSX.Element {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, 'aria-describedby': `${id}-more`, 'aria-invalid': error !== null, required: isRequired })}
      <div id={`${id}-more`} class="more">
        {error !== null && <span class="error">{error}</span>}
        {error === null && hint}
      </div>
    </div>
  );
}

interface TextProps extends Described {
  value: string;
  onInput: (value: string) => void;
  type?: 'text' | 'email' | 'password' | 'number' | 'search' | 'datetime-local';
  autocomplete?: string;
  placeholder?: string;
  isReadOnly?: boolean;
  minLength?: number;
}

export function TextField({
  value,
  onInput,
  type = 'text',
  autocomplete = 'off',
  placeholder = '',
  isReadOnly = false,
  minLength,
  ...described
}: TextProps): JSX.Element {
  // The types of elements are of one type of input each.
  const typed: object = { type };
  return (
    <Field {...described}>
      {(attributes) => (
        <input
          {...attributes}
          {...(type === 'number' ? { step: 'any' } : {})}
          {...(minLength === undefined ? {} : { minLength })}
          {...typed}
          value={value}
          autocomplete={autocomplete}
          placeholder={placeholder}
          readOnly={isReadOnly}
          spellcheck={false}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

/** A password that is to be set: the service takes none that is shorter, and browsers propose one. */
export function NewPasswordField(field: Pick<TextProps, 'label' | 'hint' | 'value' | 'onInput' | 'error'>): JSX.Element {
  return <TextField {...field} type="password" autocomplete="new-password" minLength={8} isRequired />;
}

export function TextArea({
  value,
  onInput,
  rows = 4,
  ...described
}: Described & { value: string; onInput: (value: string) => void; rows?: number }): JSX.Element {
  return (
    <Field {...described}>
      {(attributes) => (
        <textarea {...attributes} rows={rows} value={value} spellcheck={false} onInput={(event) => onInput(event.currentTarget.value)} />
      )}
    </Field>
  );
}

interface ChoiceProps<Value extends string> extends Described {
  value: Value;
  options: readonly (readonly [value: Value, label: string])[];
  onChange: (value: Value) => void;
}

export function Choice<Value extends string>({ value, options, onChange, ...described }: ChoiceProps<Value>): JSX.Element {
  return (
    <Field {...described}>
      {(attributes) => (
        <select
          {...attributes}
          value={value}
          onChange={(event) => onChange(event.currentTarget.value as Value)} // one of the options
        >
          {options.map(([option, text]) => (
            <option key={option} value={option} selected={option === value}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export function Checkbox({
  label,
  isChecked,
  onChange,
}: {
  label: ComponentChildren;
  isChecked: boolean;
  onChange: (isChecked: boolean) => void;
}): JSX.Element {
  return (
    <label class="checkbox">
      <input type="checkbox" checked={isChecked} onChange={(event) => onChange(event.currentTarget.checked)} />
      <span>{label}</span>
    </label>
  );
}
