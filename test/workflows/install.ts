/** Installs the Workflow SDK into the application's folder. Its packages bring their binaries with them and need no scripts. */
import { installPackages } from '../../dev/install-packages.ts';

export const setup = (): void => installPackages(new URL('app/', import.meta.url), '--ignore-scripts');
