import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { curlOf, pathOf, targetOf, type ServiceRequest } from '../../../console/service/request.ts';

/** The arguments that a shell makes of a command, its key set. */
function argumentsOf(request: ServiceRequest): string[] {
  const script = `curl() { for argument in "$@"; do printf '%s\\0' "$argument"; done; }; API_KEY=secret; OPERATOR_KEY=master; ${curlOf(request, 'https://steamer.test')}`;
  return execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
}

describe('a request as a command', () => {
  it('says no more than it has to', () => {
    expect(argumentsOf({ method: 'GET', path: '/v1/demo/systems', query: { index: 'allSystems', 'name[gt]': 'a b' } })).toEqual([
      '-H',
      'authorization: Bearer secret',
      'https://steamer.test/v1/demo/systems?index=allSystems&name%5Bgt%5D=a+b',
    ]);
  });

  it('carries any text through a shell as it is', () => {
    const body = { name: `it's $HOME \`id\` "\\ \n` };
    const headers = { 'if-match': '"01M8"' };
    const command = argumentsOf({ method: 'PATCH', path: pathOf('demo', 'systems', "a'b/c"), body, headers });
    expect(command.slice(0, 2)).toEqual(['-X', 'PATCH']);
    expect(command).toContain('if-match: "01M8"');
    expect(JSON.parse(command[command.indexOf('-d') + 1] ?? '')).toEqual(body);
    expect(command.at(-1)).toBe("https://steamer.test/v1/demo/systems/a'b%2Fc");
  });

  it("takes the operator's key for what is an operator's", () => {
    expect(argumentsOf({ method: 'GET', path: '/v1/operator/limits', asOperator: true })).toContain('authorization: Bearer master');
  });
});

it('a target has its query only where there is one', () => {
  expect(targetOf({ method: 'GET', path: '/v1/a' })).toBe('/v1/a');
  expect(targetOf({ method: 'GET', path: '/v1/a', query: {} })).toBe('/v1/a');
});
