/** The commands of a page, and what it says that they answer. */
import { readFileSync } from 'node:fs';

export interface ShownCommand {
  command: string;
  /** "" where the page shows nothing; "…" stands for anything */
  answer: string;
}

/** The commands of a page's `console` blocks, in their order. */
export function shownCommands(page: string): ShownCommand[] {
  const blocks = [...readFileSync(page, 'utf8').matchAll(/^```console\n([^]*?)^```$/gm)].map(({ 1: text = '' }) => text);
  return blocks.flatMap((block) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((text) => {
        const [command = '', ...answer] = text.trimEnd().split('\n');
        return { command, answer: answer.join('\n') };
      }),
  );
}

/** What an answer has to look like. */
export function patternOf(answer: string): RegExp {
  const parts = answer.split('…').map((part) =>
    part
      .trim()
      .replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`)
      .replaceAll(/\s+/g, String.raw`\s+`),
  );
  return new RegExp(`^\\s*${parts.join('[^]*?')}\\s*$`);
}
