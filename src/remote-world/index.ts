/** `WORKFLOW_TARGET_WORLD=steamer/world`: what the Workflow SDK loads as the World of an app in Node. */
import { env } from 'node:process';
import { localService } from './local-service.ts';
import { NEXT_SPEC_VERSION } from './next-contract.ts';
import { createRemoteWorld, type RemoteWorld } from './remote-world.ts';
import { readServiceAccess } from './settings.ts';

export type { RemoteWorld } from './remote-world.ts';

let world: RemoteWorld | null = null;

/**
 * The World of this process, the same whenever it is asked for: the SDK makes one for its routes and one for everything else. Without `STEAMER_URL` its
 * runs are kept by a service that is started on this machine. SDKs of 4.x take the default export.
 */
export default function createStableWorld(): RemoteWorld {
  world ??= createRemoteWorld(async () => readServiceAccess(env) ?? localService());
  return world;
}

/** The same for SDKs of 5.x, which take the export of this name. */
export function createWorld(): RemoteWorld {
  return { ...createStableWorld(), specVersion: NEXT_SPEC_VERSION };
}
