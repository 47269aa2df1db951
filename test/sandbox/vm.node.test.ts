import { describe, expect, it } from 'vitest';
import { SANDBOX_NAMES } from '../../src/sandbox/names.ts';
import { createContext, isContext, registerCode, runInContext, Script } from '../../src/sandbox/vm.ts';

/** Compiles code as `steamer workflows build` does, here where text may become code. */
function compile(token: string, body: string): void {
  // oxlint-disable-next-line typescript/no-implied-eval -- what a bundler makes a module of
  registerCode(token, new Function(...SANDBOX_NAMES, `return (function () { ${body} })()`) as () => unknown);
}

describe('the stand-in for node:vm', () => {
  it('shows code the sandbox, and nothing of the host', () => {
    compile('seen', 'return [typeof fetch, typeof process, typeof setTimeout, crypto, globalThis.crypto, typeof Map]');
    const context = createContext({ crypto: 'own' });
    expect(runInContext('seen', context)).toEqual(['undefined', 'undefined', 'undefined', 'own', 'own', 'function']);
    expect([isContext(context), isContext({}), isContext(null)]).toEqual([true, false, false]);
  });

  it('gives each context a Math and a Date of its own, which the SDK changes in place', () => {
    compile('random', 'return [Math.random(), Math.max(1, 2), new Date(5).getTime(), new Date(5) instanceof Date]');
    const [one, other] = [createContext(), createContext()];
    Object.assign(one['Math'] as object, { random: () => 7 });
    expect(runInContext('random', one)).toEqual([7, 2, 5, true]);
    expect(runInContext('random', other)).not.toEqual([7, 2, 5, true]);
    expect(Math.random()).toBeLessThan(1);
  });

  it('begins afresh with each evaluation', () => {
    compile('state', 'let count = 0; globalThis.next = () => ++count; return globalThis.next()');
    expect([runInContext('state', createContext()), new Script('state').runInContext(createContext())]).toEqual([1, 1]);
  });

  it('looks up workflows of the code that it has evaluated', () => {
    compile('workflows', 'globalThis.__private_workflows = new Map([["a//b", 1]])');
    const context = createContext();
    runInContext('workflows', context);
    expect(runInContext('globalThis.__private_workflows?.get("a//b")', context)).toBe(1);
    expect(runInContext('globalThis', context)).toBe(context);
  });

  it('says what to do about code that was not compiled', () => {
    expect(() => runInContext('1 + 1', createContext())).toThrow(/steamer workflows build.*build again/);
  });
});
