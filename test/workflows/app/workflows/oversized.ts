import { createHook, FatalError, getWritable } from 'workflow';

async function made(characters: number): Promise<string> {
  'use step';
  return 'x'.repeat(characters);
}

async function lengthOf(text: string): Promise<number> {
  'use step';
  return text.length;
}

async function written(characters: number): Promise<void> {
  'use step';
  const writer = getWritable<string>().getWriter();
  await writer.write('x'.repeat(characters));
  await writer.close();
}

async function complaining(characters: number): Promise<void> {
  'use step';
  throw new FatalError('x'.repeat(characters));
}

async function complainingTwice(characters: number): Promise<void> {
  'use step';
  throw new Error('x'.repeat(characters));
}

/** What of a run is so large. */
const KINDS = {
  result: (characters: number) => made(characters),
  input: (characters: number) => lengthOf('x'.repeat(characters)),
  chunk: (characters: number) => written(characters),
  error: (characters: number) => complaining(characters),
  transient: (characters: number) => complainingTwice(characters),
  output: async (characters: number) => 'x'.repeat(characters),
  thrown: async (characters: number) => {
    throw new Error('x'.repeat(characters));
  },
  metadata: async (characters: number) => {
    const hook = createHook({ token: `large/${characters}/${Math.random()}`, metadata: { text: 'x'.repeat(characters) } });
    return (await hook) as string;
  },
};

/** Comes to what it has caught, or to nothing. */
export async function oversized(kind: keyof typeof KINDS, characters: number): Promise<string> {
  'use workflow';
  try {
    const value = await KINDS[kind](characters);
    return kind === 'output' ? String(value) : 'done';
  } catch (error) {
    if (kind === 'thrown') throw error;
    return `caught ${String(error).slice(0, 300)}`;
  }
}
