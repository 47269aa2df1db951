/**
 * The model layer in Node: `steamer/bao` under Node's export condition. The same names, and besides them configuration files, folders of
 * models, and credentials from ~/.aws.
 */
import { usePlatform } from '../platform.ts';
import { nodePlatform } from './node-platform.ts';

usePlatform(nodePlatform);

export * from '../index.ts';
// Goes before the empty one of the line above.
export { models } from './models-of-environment.ts';
