/** What Node has and a Worker has not: a configuration file, folders of models, credentials on disk. */
import { processVariables } from '../platform.ts';
import type { Platform } from '../platform.ts';
import { profileCredentials } from './aws-profile.ts';
import { withConfigFile } from './config-file.ts';
import { loadModels } from './load-models.ts';
import { nodeDigests } from './node-digests.ts';

export const nodePlatform: Platform = {
  variables: processVariables,
  credentials: () => profileCredentials(processVariables()),
  digests: nodeDigests,
  complete: withConfigFile,
  loadModels,
};
