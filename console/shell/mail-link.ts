const ACTIONS = ['verify-email', 'confirm-email', 'reset-password'] as const;

/** What a link in a mail has led here for, with its code; read once, and taken out of the address, which ends up in histories. */
export const ofMail = read();

function read(): { action: (typeof ACTIONS)[number]; code: string } | null {
  const action = ACTIONS.find((one) => location.search === `?${one}`);
  const code = new URLSearchParams(location.hash.slice(1)).get('code');
  if (action === undefined || code === null) return null;
  history.replaceState(null, '', location.pathname);
  return { action, code };
}
