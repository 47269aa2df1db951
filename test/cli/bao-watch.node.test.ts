import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { watchCommand } from '../../src/cli/watch-command.ts';
import { enterWorkFolder, type RecordedTerminal, recordedTerminal, type WorkFolder } from './work-folder.ts';

const MODEL = `models:
  User:
    modelPrefix: u
    fields: { userId: { type: StringField } }
    primaryKey: { partitionKey: userId }
`;

let folder: WorkFolder;
let terminal: RecordedTerminal;
let ended: Promise<number> | null;

beforeEach(async () => {
  folder = await enterWorkFolder();
  await folder.write('models.yaml', MODEL);
  terminal = recordedTerminal();
  ended = null;
});

afterEach(async () => {
  terminal.interrupt();
  await ended;
  await folder.leave();
});

/** Starts watching, and resolves once the first generation is done. */
async function start(...args: string[]): Promise<void> {
  const watching = printed((line) => line.startsWith('watching '));
  ended = watchCommand(args, terminal);
  await watching;
}

/** Resolves with the next printed line that is looked for. */
function printed(isIt: (line: string) => boolean): Promise<string> {
  return new Promise((resolve) => {
    const { out, error } = terminal;
    const hear = (print: (line: string) => void) => (line: string) => {
      print(line);
      if (isIt(line)) resolve(line);
    };
    Object.assign(terminal, { out: hear(out), error: hear(error) });
  });
}

describe('bao-watch', () => {
  it('generates at the start, and again when the definitions change', async () => {
    await start();
    expect(terminal.lines).toEqual(['1 model from models.yaml: 4 files written', 'watching models.yaml; Ctrl-C ends it']);
    const again = printed((line) => line.includes('written'));
    await folder.write('models.yaml', MODEL.replace('modelPrefix: u', 'modelPrefix: us'));
    expect(await again).toBe('1 model from models.yaml: 2 files written');
    expect(await folder.read('models/user.js')).toContain("modelPrefix = 'us'");
  });

  it('notices a file that is replaced, as editors do', async () => {
    await start();
    const again = printed((line) => line.includes('written'));
    await folder.write('models.yaml~', MODEL.replace('modelPrefix: u', 'modelPrefix: us'));
    await rename(join(folder.path, 'models.yaml~'), join(folder.path, 'models.yaml'));
    expect(await again).toContain('2 files written');
  });

  it('prints what is wrong and goes on, the last good models staying', async () => {
    await start();
    const complaint = printed((line) => line.includes('unknown field'));
    await folder.write('models.yaml', MODEL.replace('partitionKey: userId', 'partitionKey: nope'));
    expect(await complaint).toMatch(/^models\.yaml:5:\d+ /);
    expect(await folder.read('models/user.js')).toContain("modelPrefix = 'u'");
    const mended = printed((line) => line.includes('nothing changed'));
    await folder.write('models.yaml', MODEL);
    await mended;
  });

  it('watches a folder of definitions for new files', async () => {
    await folder.write('definitions/user.yaml', MODEL);
    await start('definitions');
    const again = printed((line) => line.startsWith('2 models'));
    await folder.write('definitions/post.yaml', MODEL.replace('User', 'Post').replace('modelPrefix: u', 'modelPrefix: p'));
    expect(await again).toContain('from definitions');
    expect(await folder.read('models/post.js')).toContain('class Post');
  });

  it('ends with Ctrl-C, as having done its work', async () => {
    await start();
    terminal.interrupt();
    expect(await ended).toBe(0);
  });

  it('says what it can not watch', async () => {
    expect(await watchCommand(['nowhere.yaml'], terminal)).toBe(1);
    expect(terminal.errors).toContain('bao-watch: nowhere.yaml does not exist');
  });
});
