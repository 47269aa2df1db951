import type { JSX } from 'preact';
import { Button } from '../parts/button.tsx';
import { Code } from '../parts/code.tsx';
import { Empty, Loaded } from '../parts/notices.tsx';
import { Card, Page } from '../parts/page.tsx';
import { useResource } from '../service/resource.ts';

interface SentMail {
  to: string;
  subject: string;
  text: string;
}

/** On one's own machine: the mail that would have been sent. */
export function Outbox(): JSX.Element {
  const outbox = useResource<{ mails: SentMail[] }>({ method: 'GET', path: '/outbox', headers: { accept: 'application/json' } });
  return (
    <Page
      title="Outbox"
      lead="Mail that would have been sent, the newest first: this service sends none."
      actions={
        <Button icon="refresh" onClick={outbox.reload}>
          Look again
        </Button>
      }
    >
      {outbox.refusal?.code === 'not_found' ? (
        <Empty icon="mail" title="Mail is really sent here">
          <p>Only a service on your own machine keeps it to be looked at.</p>
        </Empty>
      ) : (
        <Loaded resource={outbox}>
          {({ mails }) =>
            mails.length === 0 ? (
              <Empty icon="mail" title="Nothing was sent yet">
                <p>
                  Registering, signing in from a new device and inviting somebody send mail. It is kept in memory, until the service is
                  started anew.
                </p>
              </Empty>
            ) : (
              <>
                {mails.map(({ to, subject, text }, index) => (
                  <Card key={mails.length - index} title={subject} actions={<span class="fine address">to {to}</span>}>
                    <Code text={text} label={`mail ${mails.length - index} to ${to}`} isWrapped />
                  </Card>
                ))}
              </>
            )
          }
        </Loaded>
      )}
    </Page>
  );
}
