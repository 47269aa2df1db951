/** `node dev/write-password-filter.ts`: writes the filter of the most usual passwords, when their list or the filter has changed. */
import { writeFileSync } from 'node:fs';
import { bloomFilterOf } from '../src/accounts/bloom-filter.ts';
import { commonPasswords } from './passwords/common-passwords.ts';

const OUTPUT = 'src/accounts/common-password-filter.ts';

const base64 = Buffer.from(bloomFilterOf(commonPasswords())).toString('base64');
writeFileSync(
  OUTPUT,
  `/** The filter of the most usual passwords, in base64. Written by dev/write-password-filter.ts. */\nexport const COMMON_PASSWORDS =\n  '${base64}';\n`,
);
