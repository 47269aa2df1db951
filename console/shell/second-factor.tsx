/** The second factor of an account: asked for once the service wants it beside the password. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { TextField } from '../parts/field.tsx';
import { asRefusal } from '../service/refusal.ts';
import { send } from '../service/send.ts';

interface SecondFactor {
  /** null until the service has asked for a code */
  field: JSX.Element | null;
  /** Sends a password, with the code where one was given. @returns false when one is asked for: not a failure, the password was right */
  post(path: string, body: object): Promise<boolean>;
}

export function useSecondFactor(): SecondFactor {
  const [code, setCode] = useState('');
  const [isAsked, setAsked] = useState(false);
  const field = (
    <TextField
      label="Code"
      hint="Of your authenticator app, or one of your recovery codes"
      autocomplete="one-time-code"
      value={code}
      onInput={setCode}
      isRequired
    />
  );
  return {
    field: isAsked ? field : null,
    async post(path, body) {
      try {
        await send({ method: 'POST', path, body: { ...body, ...(code === '' ? {} : { code }) } });
        return true;
      } catch (error) {
        if (asRefusal(error).code !== 'second_factor_required') throw error;
        setAsked(true);
        return false;
      }
    },
  };
}
