/** Before anyone has signed in: signing in, registering, verifying an address, and a new password. */
import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from '../parts/button.tsx';
import { NewPasswordField, TextField } from '../parts/field.tsx';
import { Failure } from '../parts/notices.tsx';
import { type Action, useAction } from '../service/action.ts';
import { showPasskey } from '../service/passkeys.ts';
import { send } from '../service/send.ts';
import { codeOfMail, isInvited, ofMail } from './mail-link.ts';
import { note } from './notes.tsx';
import { useSecondFactor } from './second-factor.tsx';
import { readSession } from './session.ts';

type Step = 'sign-in' | 'register' | 'verify' | 'forgot' | 'reset';

export function SignIn(): JSX.Element {
  const [step, setStep] = useState<Step>(firstStep);
  const [email, setEmail] = useState('');
  const go = (to: Step): void => {
    // What a mail has led here for is done, or not wanted.
    if (to === 'sign-in' && !isInvited()) ofMail.value = null;
    setStep(to);
  };
  const shared = { email, setEmail, go };
  return (
    <main class="alone">
      <div class="brand">
        <img src="/console/icon.svg" alt="" width="28" height="28" />
        Steamer
      </div>
      {isInvited() && <p>You are invited: sign in, or make an account with the address that the mail came to.</p>}
      {step === 'sign-in' && <PasswordForm {...shared} />}
      {step === 'register' && <RegisterForm {...shared} />}
      {step === 'verify' && <VerifyForm {...shared} />}
      {step === 'forgot' && <ForgotForm {...shared} />}
      {step === 'reset' && <ResetForm {...shared} />}
    </main>
  );
}

function firstStep(): Step {
  switch (ofMail.value?.action) {
    case 'reset-password':
      return 'reset';
    case 'verify-email':
    case 'confirm-email':
      return 'verify';
    default:
      return 'sign-in';
  }
}

interface StepProps {
  email: string;
  setEmail: (email: string) => void;
  go: (step: Step) => void;
}

function PasswordForm({ email, setEmail, go }: StepProps): JSX.Element {
  const [password, setPassword] = useState('');
  const secondFactor = useSecondFactor();
  const action = useAction(async () => {
    if (await secondFactor.post('/v1/auth/login', { email, password })) await readSession();
  });
  const byPasskey = useAction(async () => {
    await send({ method: 'POST', path: '/v1/auth/passkey-login', body: { passkey: await showPasskey() } });
    await readSession();
  });
  return (
    <Step title="Sign in" action={action} submit="Sign in">
      <Email value={email} onInput={setEmail} />
      <TextField label="Password" type="password" autocomplete="current-password" value={password} onInput={setPassword} isRequired />
      {secondFactor.field}
      <Failure refusal={byPasskey.refusal} />
      <Ways>
        <LinkButton onClick={() => void byPasskey.run()}>Sign in with a passkey</LinkButton>
        <LinkButton onClick={() => go('register')}>Make an account</LinkButton>
        <LinkButton onClick={() => go('forgot')}>Forgot the password?</LinkButton>
      </Ways>
    </Step>
  );
}

function RegisterForm({ email, setEmail, go }: StepProps): JSX.Element {
  const [fullName, setFullName] = useState('');
  const [password, setPassword] = useState('');
  const action = useAction(async () => {
    await send({ method: 'POST', path: '/v1/auth/register', body: { email, password, fullName } });
    go('verify');
  });
  return (
    <Step title="Make an account" action={action} submit="Make the account">
      <TextField label="Name" autocomplete="name" value={fullName} onInput={setFullName} isRequired />
      <Email value={email} onInput={setEmail} />
      <NewPasswordField
        label="Password"
        hint="At least 8 characters, and none that everybody uses"
        value={password}
        onInput={setPassword}
      />
      <BackToSignIn go={go} />
    </Step>
  );
}

function VerifyForm({ email, go }: StepProps): JSX.Element {
  const [code, setCode] = useState(codeOfMail('verify-email', 'confirm-email'));
  const action = useAction(async () => {
    const path = ofMail.value?.action === 'confirm-email' ? '/v1/auth/confirm-email' : '/v1/auth/verify-email';
    await send({ method: 'POST', path, body: { code: code.trim() } });
    note('The address is verified. Sign in to go on.');
    go('sign-in');
  });
  return (
    <Step title="Look into your mail" action={action} submit="Verify">
      <p>
        {email === '' ? 'A mail was sent to you' : `A mail to ${email} is on its way`}; its code is good for ten minutes. Where this service
        runs on your own machine, it goes to the{' '}
        <a href="/outbox" target="_blank" rel="noopener noreferrer">
          outbox
        </a>
        .
      </p>
      <TextField label="Code" autocomplete="one-time-code" value={code} onInput={setCode} isRequired />
      <BackToSignIn go={go} />
    </Step>
  );
}

function ForgotForm({ email, setEmail, go }: StepProps): JSX.Element {
  const action = useAction(async () => {
    await send({ method: 'POST', path: '/v1/auth/forgot-password', body: { email } });
    go('reset');
  });
  return (
    <Step title="A new password" action={action} submit="Send me a code">
      <Email value={email} onInput={setEmail} />
      <BackToSignIn go={go} />
    </Step>
  );
}

function ResetForm({ go }: StepProps): JSX.Element {
  const [code, setCode] = useState(codeOfMail('reset-password'));
  const [password, setPassword] = useState('');
  const action = useAction(async () => {
    await send({ method: 'POST', path: '/v1/auth/reset-password', body: { code: code.trim(), password } });
    note('The password is changed, and all sessions have ended. Sign in with it.');
    go('sign-in');
  });
  return (
    <Step title="A new password" action={action} submit="Change the password">
      <p>If there is such an account, a mail with a code is on its way to it.</p>
      <TextField label="Code" autocomplete="one-time-code" value={code} onInput={setCode} isRequired />
      <NewPasswordField label="New password" value={password} onInput={setPassword} />
      <BackToSignIn go={go} />
    </Step>
  );
}

interface StepFrame {
  title: string;
  submit: string;
  action: Action<[]>;
  /** the last of them stands below the button */
  children: [...ComponentChildren[], JSX.Element];
}

function Step({ title, submit, action: { run, isRunning, refusal }, children }: StepFrame): JSX.Element {
  return (
    <form
      class="card"
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      <h1>{title}</h1>
      {children.slice(0, -1)}
      <Failure refusal={refusal} />
      <Button kind="primary" type="submit" isBusy={isRunning}>
        {submit}
      </Button>
      {children.at(-1)}
    </form>
  );
}

function Email({ value, onInput }: { value: string; onInput: (value: string) => void }): JSX.Element {
  return <TextField label="Email" type="email" autocomplete="username" value={value} onInput={onInput} isRequired />;
}

function BackToSignIn({ go }: Pick<StepProps, 'go'>): JSX.Element {
  return (
    <Ways>
      <LinkButton onClick={() => go('sign-in')}>Back to signing in</LinkButton>
    </Ways>
  );
}

function Ways({ children }: { children: ComponentChildren }): JSX.Element {
  return <p class="ways">{children}</p>;
}

function LinkButton({ onClick, children }: { onClick: () => void; children: ComponentChildren }): JSX.Element {
  return (
    <button type="button" class="link" onClick={onClick}>
      {children}
    </button>
  );
}
