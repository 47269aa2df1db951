/** What the user sees when everything runs: where, with which key, and commands that work when pasted. */
export interface InvitationFacts {
  url: string;
  tenant: string;
  key: string;
  operatorKeyFile: string;
}

/** The closing text of a start. Each command stands on one line, quoted for POSIX shells. */
export function invitation({ url, tenant, key, operatorKeyFile }: InvitationFacts): string {
  const call = (rest: string) => `curl -i -H 'Authorization: Bearer ${key}' ${rest}`;
  const base = `${url}/v1/${tenant}`;
  return `
Steamer runs at ${url}

  tenant        ${tenant}
  API key       ${key}
  operator key  in ${operatorKeyFile}

Try it (the Server-Timing header tells whether DynamoDB was asked, or memory had it: cache;desc=hit):

  # one item
  ${call(`${base}/systems/dynoxide`)}

  # the best of a benchmark, each with its system
  ${call(`-g '${base}/results?index=resultsForBenchmark&benchmarkId=get-ops&order=desc&limit=3&include=system'`)}

  # change a field
  ${call(`-X PATCH -H 'Content-Type: application/json' -d '{"homepage":"https://example.com"}' ${base}/systems/dynoxide`)}

Ctrl-C stops everything. The data stay in place; npm start -- --fresh starts over.
`;
}
