/** What the local Worker is told besides what stands in wrangler.toml. */

/** Browsers may call from where web tools serve by default: Next.js and others, Vite's preview, Vite. */
const LOCAL_ORIGINS = [3000, 4173, 5173].flatMap((port) => [`http://localhost:${port}`, `http://127.0.0.1:${port}`]).join(',');

/** Of .dev.vars wrangler hands over what wrangler.toml requires, and nothing else. A service may go without these. */
const OPTIONAL = ['ACCESS_TOKEN_KEYS', 'MAIL_API_KEY', 'MAIL_FROM', 'MAIL_PROVIDER', 'PRODUCT_NAME', 'TRUSTED_ISSUERS'] as const;

/** @param devVars the variables of .dev.vars, which an own mail provider or issuer of tokens is tried with */
export function workerVariables(
  devVars: Readonly<Record<string, string | undefined>>,
  { port, ...variables }: { port: number; DYNAMODB_ENDPOINT: string; TABLE_NAME: string; AWS_REGION: string },
): Record<string, string> {
  const optional = OPTIONAL.flatMap((name) => (devVars[name] === undefined ? [] : [[name, devVars[name]] as const]));
  return {
    ...variables,
    // Passkeys are bound to the name of a host, which 127.0.0.1 is not.
    PUBLIC_URL: `http://localhost:${port}`,
    ALLOWED_ORIGINS: devVars['ALLOWED_ORIGINS'] ?? LOCAL_ORIGINS,
    ...Object.fromEntries(optional),
  };
}
