/** Installs Prism into this folder. Vitest runs it before the tests. */
import { installPackages } from '../../dev/install-packages.ts';

export const setup = (): void => installPackages(new URL('.', import.meta.url));
