import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSteps } from '../../../dev/start/steps.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] }));
afterEach(() => void vi.useRealTimers());

function recorder(isTTY: boolean) {
  const written: string[] = [];
  return { written, text: () => written.join(''), output: { isTTY, write: (text: string) => written.push(text) } };
}

describe('the steps of a start, written to a file', () => {
  it('are one line each when they are quick', async () => {
    const { output, text } = recorder(false);
    const steps = createSteps(output);
    expect(await steps.run('table', () => ({ detail: 'steamer, created' }))).toEqual({ detail: 'steamer, created' });
    await steps.run('Worker', async () => {});
    expect(text()).toBe('  ✓ table                      0.0 s  steamer, created\n  ✓ Worker                     0.0 s\n');
  });

  it('show after a second that they are at work, and every ten seconds how far they are', async () => {
    const { output, written } = recorder(false);
    const done = createSteps(output).run('data', async (progress) => {
      progress('1 of 130 items');
      await new Promise((resolve) => setTimeout(resolve, 12_500));
    });
    await vi.advanceTimersByTimeAsync(999);
    expect(written).toEqual([]);
    await vi.advanceTimersByTimeAsync(11_501);
    await done;
    expect(written).toEqual([
      '  … data                       1.0 s  1 of 130 items\n',
      '  … data                      11.0 s  1 of 130 items\n',
      '  ✓ data                      12.5 s\n',
    ]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('are marked when they fail, and the failure goes on', async () => {
    const { output, text } = recorder(false);
    const failing = createSteps(output).run('table', () => {
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(text()).toBe('  ✗ table                      0.0 s\n');
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('the steps of a start that is being stopped', () => {
  it('are silent', async () => {
    const { output, text } = recorder(false);
    let isOver = false;
    const steps = createSteps(output, () => isOver);
    const failing = steps.run('Worker', () => {
      isOver = true;
      throw new Error('ended');
    });
    await expect(failing).rejects.toThrow('ended');
    expect(text()).toBe('');
  });
});

describe('the steps of a start, on a terminal', () => {
  it('count up in place and leave one line', async () => {
    const { output, text } = recorder(true);
    const done = createSteps(output).run('Worker', () => new Promise<void>((resolve) => setTimeout(resolve, 500)));
    await vi.advanceTimersByTimeAsync(500);
    await done;
    const clear = '\r\u001b[2K';
    const running = (seconds: string) => `${clear}  … Worker                     ${seconds} s`;
    expect(text()).toBe(`${running('0.0')}${running('0.2')}${running('0.4')}${clear}  ✓ Worker                     0.5 s\n`);
    expect(vi.getTimerCount()).toBe(0);
  });
});
