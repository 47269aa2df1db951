/** What the local Worker is told besides what stands in wrangler.toml and .dev.vars. It goes by the command line, which everybody on the machine may read: no secrets. */

/** Browsers may call from where web tools serve by default: Next.js and others, Vite's preview, Vite. */
const LOCAL_ORIGINS = [3000, 4173, 5173].flatMap((port) => [`http://localhost:${port}`, `http://127.0.0.1:${port}`]).join(',');

/** @param devVars the variables of .dev.vars, of which wrangler takes what wrangler.toml names; an own issuer of tokens is tried with them, too */
export function workerVariables(
  { ALLOWED_ORIGINS = LOCAL_ORIGINS, TRUSTED_ISSUERS }: Readonly<Record<string, string | undefined>>,
  { port, ...variables }: { port: number; DYNAMODB_ENDPOINT: string; TABLE_NAME: string; AWS_REGION: string },
): Record<string, string> {
  return {
    ...variables,
    // Passkeys are bound to the name of a host, which 127.0.0.1 is not.
    PUBLIC_URL: `http://localhost:${port}`,
    ALLOWED_ORIGINS,
    ...(TRUSTED_ISSUERS === undefined ? {} : { TRUSTED_ISSUERS }),
  };
}
