/** `WORKFLOW_TARGET_WORLD=steamer/world`: what the Workflow SDK loads as the World of an app in Node. */
import { env } from 'node:process';
import { createRemoteWorld, type RemoteWorld } from './remote-world.ts';
import { readServiceAccess } from './settings.ts';

export type { RemoteWorld } from './remote-world.ts';

let world: RemoteWorld | null = null;

/** The World of this process, the same whenever it is asked for: the SDK makes one for its routes and one for everything else. */
export function createWorld(): RemoteWorld {
  world ??= createRemoteWorld(async () => {
    const access = readServiceAccess(env);
    if (access === null) throw new TypeError('STEAMER_URL: expected https://<service>/v1/<tenant>');
    return access;
  });
  return world;
}
