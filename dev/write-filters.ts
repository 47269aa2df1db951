/** `node dev/write-filters.ts`: writes the sets of usual passwords and of reserved words, when their lists or the form of sets have changed. */
import { writeFileSync } from 'node:fs';
import { compactSetOf } from '../src/lib/compact-set.ts';
import { commonPasswords } from './words/common-passwords.ts';
import { reservedWords } from './words/reserved-words.ts';

write('src/accounts/common-password-filter.ts', 'COMMON_PASSWORDS', 'the most usual passwords', commonPasswords());
write('src/dynamo/expressions/reserved-word-filter.ts', 'RESERVED_WORDS', "DynamoDB's reserved words", reservedWords());

function write(path: string, name: string, what: string, words: readonly string[]): void {
  const base64 = Buffer.from(compactSetOf(words)).toString('base64');
  writeFileSync(
    path,
    `/** The filter of ${what}, in base64. Written by dev/write-filters.ts. */\nexport const ${name} =\n  '${base64}';\n`,
  );
}
