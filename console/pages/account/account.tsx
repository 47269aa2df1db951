import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Loaded } from '../../parts/notices.tsx';
import { Page } from '../../parts/page.tsx';
import { useResource } from '../../service/resource.ts';
import { session } from '../../shell/session.ts';
import { Authenticator } from './authenticator.tsx';
import { Passkeys } from './passkeys.tsx';
import { Profile } from './profile.tsx';
import { RecoveryCodes, ShownCodes } from './recovery-codes.tsx';
import { Sessions } from './sessions.tsx';

export interface SecondFactors {
  totp: boolean;
  passkeys: number;
  recoveryCodesLeft: number;
}

/** Who has signed in, by what, and where else. */
export function Account(): JSX.Element {
  const user = session.value.kind === 'in' ? session.value.user : null;
  const factors = useResource<SecondFactors>({ method: 'GET', path: '/v1/auth/second-factors' });
  const [codes, setCodes] = useState<readonly string[]>([]);
  const changed = (recoveryCodes: readonly string[] = []): void => {
    setCodes(recoveryCodes);
    factors.reload();
  };
  return (
    <Page title="Account" lead="Who you are here, how you sign in, and where else you have.">
      {user !== null && <Profile user={user} />}
      <Passkeys onChange={changed} />
      <Loaded resource={factors}>
        {({ totp, passkeys, recoveryCodesLeft }) => (
          <div class="beside">
            <Authenticator isOn={totp} onChange={changed} />
            <RecoveryCodes left={recoveryCodesLeft} isNeeded={totp || passkeys > 0} onChange={changed} />
          </div>
        )}
      </Loaded>
      <Sessions />
      {codes.length > 0 && <ShownCodes codes={codes} onClose={() => setCodes([])} />}
    </Page>
  );
}
