/** What the user sees when everything runs: where, with which key, and commands that work when pasted. */
import type { DemoUser } from './demo-user.ts';
import type { FirstCall } from './first-calls.ts';

export interface InvitationFacts {
  url: string;
  tenant: string;
  key: string;
  user: DemoUser;
  operatorKeyFile: string;
  /** where the leaderboard's pages are; null without them */
  pages: string | null;
  calls: readonly FirstCall[];
}

/** The closing text of a start. Each command stands on one line, quoted for POSIX shells. */
export function invitation({ url, tenant, key, user, operatorKeyFile, pages, calls }: InvitationFacts): string {
  // Passkeys are bound to the name of a host, which an address is not.
  const commands = calls.map(({ title, request }) => `  # ${title}\n  curl -i -H 'Authorization: Bearer ${key}' ${request}`);
  return `
Steamer runs at ${url}

  console       ${url.replace('127.0.0.1', 'localhost')}/console
                sign in as ${user.email}, password ${user.password}
${pages === null ? '' : `  leaderboard   ${pages}\n`}  tenant        ${tenant}
  API key       ${key}
  operator key  in ${operatorKeyFile}
  mail          goes to ${url}/outbox, and stands below

Try it (the Server-Timing header tells whether DynamoDB was asked, or memory had it: cache;desc=hit):

${commands.join('\n\n')}

  # sign in as the user, who owns the tenant
  curl -i -H 'Content-Type: application/json' -d '${JSON.stringify(user)}' ${url}/v1/auth/login

Ctrl-C stops everything. The data stay in place; npm start -- --fresh starts over.
`;
}
