import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { totpCode } from '../../src/accounts/totp.ts';
import { ConsoleUnderTest, seriousFindings, signIn } from './console-page.ts';

const STARTED_WITHIN_MS = 180_000;
const subject = new ConsoleUnderTest();
beforeAll(() => subject.begin(), STARTED_WITHIN_MS);
afterAll(() => subject.end());

describe('the console', { timeout: STARTED_WITHIN_MS }, () => {
  test('is the way from signing up to a key that is revoked', async () => {
    const page = await subject.open();
    await subject.signUp(page, { name: 'Ann', email: 'ann@example.com', password: 'steam rises from the kettle' });
    await page.getByRole('heading', { name: 'You have no tenant yet' }).waitFor();
    await page.getByLabel('Name').fill('Kettle');
    await page.getByLabel('Id').fill('kettle');
    await page.getByRole('button', { name: 'Make the tenant' }).click();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    expect(page.url()).toContain('#/kettle/overview');
    await page.getByRole('link', { name: 'Models' }).click();
    await page.getByRole('link', { name: 'System' }).click();
    await page.getByRole('heading', { name: 'No items yet' }).waitFor();

    await page.getByRole('link', { name: 'API keys' }).click();
    await page.getByRole('button', { name: 'New key' }).click();
    await page.getByLabel('Name').fill('backend');
    await page.getByRole('button', { name: 'Make the key' }).click();
    const authorization = `Bearer ${await page.getByLabel('the key', { exact: true }).innerText()}`;
    const status = async () => (await fetch(`${subject.url}/v1/kettle/systems?index=allSystems`, { headers: { authorization } })).status;
    expect(await status()).toBe(200);
    await page.getByRole('button', { name: 'I have it' }).click();
    await page.getByRole('row', { name: 'backend' }).getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('row', { name: 'backend' }).getByText('revoked').waitFor();
    expect(await status()).toBe(401);
    await page.getByRole('link', { name: 'Audit log' }).click();
    await page.getByRole('row', { name: 'key.revoked' }).waitFor();
    await page.context().close();
  });

  test('makes, finds, changes and deletes an item', async () => {
    const page = await subject.openAsDemo();
    await subject.visit(page, '#/demo/models/systems', 'System');
    await page.getByRole('button', { name: 'New item' }).click();
    const panel = page.getByRole('dialog');
    await panel.getByLabel('systemId').fill('teapot');
    await panel.getByLabel('name').fill('A teapot');
    await panel.getByLabel('kind').fill('vessel');
    await panel.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('heading', { name: 'System teapot' }).waitFor();

    await panel.getByLabel('version').fill('418');
    expect(await panel.getByLabel('the request as a command', { exact: true }).innerText()).toMatch(
      /-X PATCH .*'if-match: ".*-d '{"version":"418"}'/,
    );
    await panel.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    await panel.getByRole('button', { name: 'Close' }).click();

    await page.getByRole('button', { name: 'Filter' }).click();
    await page.getByLabel('Field').selectOption('kind');
    await page.getByLabel('Value', { exact: true }).fill('vessel');
    await page.getByRole('button', { name: 'Run' }).click();
    await page.getByRole('row', { name: 'teapot' }).getByText('418').waitFor();
    await expect.poll(() => page.getByRole('row').count()).toBe(2); // the list may be loaded once more meanwhile

    await page.getByRole('link', { name: 'teapot' }).click();
    await panel.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog', { name: 'Delete this item?' }).getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { name: 'Nothing matches' }).waitFor();
    await page.context().close();
  });

  test('shows what somebody else has changed meanwhile, and overwrites nothing', async () => {
    const page = await subject.openAsDemo();
    await subject.visit(page, '#/demo/models/systems/item/dynoxide', 'System');
    const panel = page.getByRole('dialog');
    await panel.getByLabel('version').fill('mine');
    const headers = { authorization: `Bearer ${subject.secret('demo-key')}`, 'content-type': 'application/json' };
    await fetch(`${subject.url}/v1/demo/systems/dynoxide`, { method: 'PATCH', headers, body: '{"version":"theirs"}' });
    await panel.getByRole('button', { name: 'Save' }).click();
    await panel.getByText('precondition_failed').waitFor();
    await panel.getByRole('button', { name: 'Try again' }).click();
    await expect.poll(() => panel.getByLabel('version').inputValue()).toBe('theirs');
    await page.context().close();
  });

  test('takes a file, and an invitation back', async () => {
    const page = await subject.openAsDemo();
    await subject.visit(page, '#/demo/files', 'Files');
    // Of more than 8 MiB: it goes in parts.
    await page.locator('input[type=file]').setInputFiles({ name: 'tea.txt', mimeType: 'text/plain', buffer: Buffer.alloc(9_000_000) });
    await page.getByRole('row', { name: 'tea.txt' }).getByText('stored').waitFor();
    await page.getByRole('row', { name: 'tea.txt' }).getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { name: 'No files yet' }).waitFor();
    await subject.visit(page, '#/demo/members', 'Members');
    await page.getByLabel('Email').fill('bob@example.com');
    await page.getByRole('button', { name: 'Invite' }).click();
    await page.getByRole('row', { name: 'bob@example.com' }).getByRole('button', { name: 'Withdraw' }).click();
    await page.getByText('Nobody is invited at the moment.').waitFor();
    await page.context().close();
  });

  test('leads whoever is invited from the link of the mail to the tenant', async () => {
    const owner = await subject.openAsDemo();
    await subject.visit(owner, '#/demo/members', 'Members');
    await owner.getByLabel('Email').fill('bea@example.com');
    await owner.getByRole('button', { name: 'Invite' }).click();
    await owner.getByRole('row', { name: 'bea@example.com' }).waitFor();
    await owner.context().close();
    const code = await subject.codeOfMail('bea@example.com', 'Or enter this code: ');
    const page = await subject.open();
    await page.goto(`${subject.url}/auth/accept-invitation#code=${code}`);
    await page.getByText('You are invited').waitFor();
    await subject.signUp(page, { name: 'Bea', email: 'bea@example.com', password: 'steam rises from the kettle' }, code);
    await page.getByRole('heading', { level: 1, name: 'Tenants' }).waitFor();
    await page.getByRole('button', { name: 'Accept' }).click();
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    expect(page.url()).toContain('#/demo/overview');
    await page.context().close();
  });

  test('changes the name, the address and the password of who has signed in', async () => {
    const page = await subject.open();
    const someone = { name: 'Cid', email: 'cid@example.com', password: 'steam rises from the kettle' };
    await subject.signUp(page, someone);
    await page.getByRole('link', { name: 'Account' }).click();
    const dialog = page.getByRole('dialog');
    await page.getByRole('button', { name: 'Change the name' }).click();
    await dialog.getByLabel('Full name').fill('Cid Campeador');
    await dialog.getByRole('button', { name: 'Change it' }).click();
    await page.getByRole('definition').filter({ hasText: 'Cid Campeador' }).waitFor();
    await page.getByRole('button', { name: 'Change the address' }).click();
    await dialog.getByLabel('New address').fill('campeador@example.com');
    await dialog.getByRole('button', { name: 'Send me a code' }).click();
    await dialog.getByLabel('Code').fill(await subject.codeOfMail('campeador@example.com', 'Or enter this code: '));
    await dialog.getByRole('button', { name: 'Confirm it' }).click();
    await page.getByRole('definition').filter({ hasText: 'campeador@example.com' }).waitFor();
    await page.getByRole('button', { name: 'Change the password' }).click();
    await dialog.getByLabel('Password until now').fill(someone.password);
    await dialog.getByLabel('New password').fill('the kettle sings of steam');
    await dialog.getByRole('button', { name: 'Change it' }).click();
    await page.getByText('The password is changed').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await signIn(page, 'campeador@example.com', 'the kettle sings of steam');
    await page.context().close();
  });

  test('describes every route, and sends one that reads', async () => {
    const page = await subject.openAsDemo();
    await subject.visit(page, '#/demo/reference', 'API reference');
    await page.getByLabel('Search').fill('get systems id');
    await page.getByRole('link', { name: 'GET /v1/demo/systems/{id}', exact: true }).click();
    await page.getByRole('heading', { name: 'Reads a System', exact: true }).waitFor();
    await page.getByText('It needs a value of id.').waitFor();
    await page.getByLabel('Value of id').fill('noble-hashes');
    await page.getByLabel('Value of fields').fill('systemId');
    expect(await page.getByLabel('the request as a command', { exact: true }).innerText()).toContain(
      '/v1/demo/systems/noble-hashes?fields=systemId',
    );
    await page.getByRole('button', { name: 'Send it as you' }).click();
    expect(JSON.parse(await page.getByLabel('the answer', { exact: true }).innerText())).toMatchObject({ systemId: 'noble-hashes' });
    await page.context().close();
  });

  test('pages through a list, and back', async () => {
    const page = await subject.openAsDemo();
    await subject.visit(page, '#/demo/models/systems', 'System');
    const first = await page.getByRole('rowheader').first().innerText();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('Page 2').waitFor();
    await expect.poll(() => page.getByRole('rowheader').first().innerText()).not.toBe(first);
    await page.getByRole('button', { name: 'Previous' }).click();
    await expect.poll(() => page.getByRole('rowheader').first().innerText()).toBe(first);
    await page.context().close();
  });

  test('shows how an edited item is answered from memory, and the counter that moves with it', async () => {
    const page = await subject.openAsDemo();
    const hits = async (): Promise<number> => {
      const text = await page
        .getByRole('definition')
        .filter({ hasText: /^[\d,]+$/ })
        .first()
        .innerText();
      return Number(text.replaceAll(',', ''));
    };
    await subject.visit(page, '#/demo/models/systems/item/dynamoose', 'System');
    const panel = page.getByRole('dialog');
    await panel.getByLabel('licence').fill('MIT OR Unlicense');
    await panel.getByRole('button', { name: 'Save' }).click();
    await panel.getByText('from memory').waitFor();
    await subject.visit(page, '#/demo/store', 'Store');
    const before = await hits();
    await subject.visit(page, '#/demo/models/systems/item/dynamoose', 'System');
    await panel.getByText('from memory').waitFor();
    await subject.visit(page, '#/demo/store', 'Store');
    await expect.poll(hits, { timeout: 60_000 }).toBeGreaterThan(before);
    await page.context().close();
  });

  test('says what is used of limits, and lets an operator ban and make exceptions', async () => {
    const page = await subject.openAsDemo();
    await subject.visit(page, '#/demo/limits', 'Limits');
    await page.getByRole('row', { name: 'tenant.rate' }).getByText('the whole tenant').waitFor();
    await page.getByLabel('Operator key').fill(subject.secret('operator-key'));
    await page.getByRole('button', { name: 'Unlock' }).click();
    await page.getByLabel('Address').fill('203.0.113.7');
    await page.getByRole('button', { name: 'Ban' }).click();
    await page.getByRole('row', { name: '203.0.113.7' }).getByRole('button', { name: 'Lift' }).click();
    await page.getByText('Nobody is banned.').waitFor();
    await page.getByLabel('For demo, the limit').selectOption('batch.rate');
    await page.getByLabel('Is', { exact: true }).fill('77');
    await page.getByRole('button', { name: 'Set' }).click();
    await page.getByRole('row', { name: 'demo-console' }).waitFor();
    await page.getByRole('row', { name: 'batch.rate' }).getByText('demo-console').waitFor();
    await page.context().close();
  });

  test('is used without a mouse', async () => {
    const page = await subject.open();
    await page.getByLabel('Email').focus();
    await page.keyboard.type('demo@example.com');
    await page.keyboard.press('Tab');
    await page.keyboard.type(subject.secret('demo-password'));
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await subject.visit(page, '#/demo/models', 'Models');
    await page.reload();
    await page.getByRole('link', { name: 'System' }).waitFor();
    await page.keyboard.press('Tab');
    await expect.poll(() => focused(page)).toBe('To the content');
    await page.keyboard.press('Enter');
    for (const name of ['System', 'noble-hashes']) {
      for (let steps = 0; (await focused(page)) !== name && steps < 40; steps++) await page.keyboard.press('Tab');
      expect(await focused(page)).toBe(name);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name, exact: name === 'System' }).waitFor();
      if (name === 'System') await page.getByRole('link', { name: 'noble-hashes' }).waitFor();
    }
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.context().close();
  });

  test('follows a stream through a restart of the service', async () => {
    const page = await subject.openAsDemo();
    await subject.visit(page, '#/demo/streams', 'Streams');
    await page.getByRole('button', { name: 'New stream' }).click();
    await page.getByLabel('Name', { exact: true }).fill('news/today');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText('live', { exact: true }).waitFor();
    const publish = async (text: string): Promise<void> => {
      await page.getByLabel('Message', { exact: true }).fill(JSON.stringify(text));
      await page.getByRole('button', { name: 'Publish' }).click();
      await page.getByRole('list', { name: 'Messages' }).getByText(text).waitFor();
    };
    await publish('before');
    await subject.restart();
    await page.getByText('live', { exact: true }).waitFor();
    await publish('after');
    expect(await page.getByRole('list', { name: 'Messages' }).getByRole('listitem').allInnerTexts()).toEqual([
      expect.stringContaining('before'),
      expect.stringContaining('after'),
    ]);
    await page.context().close();
  });

  test('makes, names and takes a passkey, and sets up an authenticator beside it', async () => {
    const page = await subject.open();
    // Passkeys are bound to the name of a host.
    await page.goto(`${subject.url.replace('127.0.0.1', 'localhost')}/console/`);
    await signIn(page, 'demo@example.com', subject.secret('demo-password'));
    await addAuthenticator(page);
    await page.getByRole('link', { name: 'Account' }).click();
    const dialog = page.getByRole('dialog');
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await dialog.getByLabel('Name').fill('A laptop');
    await dialog.getByRole('button', { name: 'Make the passkey' }).click();
    const codes = async (): Promise<string[]> => (await dialog.getByLabel('recovery codes', { exact: true }).innerText()).split('\n');
    const [first = '', ...others] = await codes();
    expect(others).toHaveLength(9);
    await dialog.getByRole('button', { name: 'I have them' }).click();
    await page.getByRole('row', { name: 'A laptop' }).getByRole('button', { name: 'Rename' }).click();
    await dialog.getByLabel('Name').fill('Work laptop');
    await dialog.getByRole('button', { name: 'Rename' }).click();
    await page.getByRole('row', { name: 'Work laptop' }).getByText('never').waitFor();

    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await page.getByRole('row', { name: 'Work laptop' }).getByText('now').nth(1).waitFor();

    await page.getByRole('button', { name: 'Set up' }).click();
    await dialog.getByRole('img', { name: 'The secret, for the camera' }).waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await dialog.getByLabel('Code').fill(await codeOfApp(await dialog.getByLabel('the secret', { exact: true }).innerText()));
    await dialog.getByRole('button', { name: 'Turn it on' }).click();
    await page.getByRole('button', { name: 'New codes' }).click();
    await dialog.getByLabel('Code').fill(first);
    await dialog.getByRole('button', { name: 'Make new codes' }).click();
    const [last = ''] = await codes();
    await dialog.getByRole('button', { name: 'I have them' }).click();
    await page.locator('.card', { hasText: 'takes a code of your app' }).getByRole('button', { name: 'Remove' }).click();
    await dialog.getByLabel('Code').fill(last);
    await dialog.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('button', { name: 'Set up' }).waitFor();
    await page.getByRole('row', { name: 'Work laptop' }).getByRole('button', { name: 'Remove' }).click();
    await dialog.getByRole('button', { name: 'Remove' }).click();
    await page.getByText('You have none yet').waitFor();
    await page.context().close();
  });
});

/** What has the focus, as it reads. */
function focused(page: Page): Promise<string> {
  return page.evaluate('document.activeElement.innerText ?? ""');
}

/** Gives the browser an authenticator that has seen its user whenever it is asked. */
async function addAuthenticator(page: Page): Promise<void> {
  const debug = await page.context().newCDPSession(page);
  await debug.send('WebAuthn.enable');
  const options = {
    protocol: 'ctap2',
    transport: 'internal',
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified: true,
  } as const;
  await debug.send('WebAuthn.addVirtualAuthenticator', { options });
}

/** What an authenticator app shows at the moment, of a secret in base 32. */
async function codeOfApp(secret: string): Promise<string> {
  const bits = Array.from(secret, (letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const bytes = Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
  return totpCode(bytes, Math.floor(Date.now() / 30_000));
}
