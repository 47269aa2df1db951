import { describe, expect, it } from 'vitest';
import { compiledModule, entryModule, typesModule, withToken } from '../../src/cli/workflows-modules.ts';

const CODE = 'const a = `x${1}\\n`;\n//# sourceMappingURL=data:x';
const route = (text: string) => `import { workflowEntrypoint } from 'workflow/runtime';

const workflowCode = \`${text.replace(/[\\`$]/g, '\\$&')}\`;

export const POST = workflowEntrypoint(workflowCode);`;

describe('the modules of a build', () => {
  it('take the code out of the SDK’s route, as it was before it was quoted', () => {
    const { code, token, workflowCode } = withToken(route(CODE), 'dpl_1');
    expect(workflowCode).toBe(CODE);
    expect(token).toBe('/*steamer:dpl_1*/');
    expect(code).toContain('const workflowCode = "/*steamer:dpl_1*/";');
    expect(code).not.toContain('const a');
  });

  it.each([
    ['export const POST = 1'],
    [route('').replace('workflowEntrypoint(workflowCode', 'run(')],
    [route('x').replace('workflowCode =', 'code =')],
  ])('refuse a route of another form, and say what was expected', (text) => {
    expect(() => withToken(text, 'dpl_1')).toThrow(/expected `const workflowCode.*tested with workflow 4\.8/s);
  });

  it('have the code as a function of what it may see, without its source map', () => {
    const module = compiledModule(CODE);
    expect(module).toMatch(/^export const code = function \(globalThis, .*\bfetch\b/);
    expect(module).toContain('const a = `x${1}\\n`;');
    expect(module).not.toContain('sourceMappingURL');
  });

  it('install the World before anything of the SDK is loaded', () => {
    const sdk = { runtime: '../core/runtime.js', serialization: '../core/serialization.js', encryption: '../core/encryption.js' };
    const entry = entryModule({ runtime: 'steamer/workflows', sdk, token: 't', workflows: new Map([['add', 'workflow//add']]) });
    const imports = [...entry.matchAll(/from '([^']+)'|import '([^']+)'/g)].map(([, one, other]) => one ?? other);
    expect(imports[0]).toBe('./world.mjs');
    expect(entry).toContain('"workflowId": "workflow//add"');
  });

  it('have types by the names of the workflows', () => {
    expect(
      typesModule({
        runtime: 'steamer/workflows',
        workflows: new Map([
          ['add', 'x'],
          ['b/add', 'y'],
        ]),
      }),
    ).toContain('  "b/add": WorkflowReference;');
  });
});
