/** The service that keeps the workflows of an app in Node, reached at workerd's own socket. */
import { mkdtempSync, rmSync } from 'node:fs';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { storeKey, storeTenant } from '../../test/workflows/stored-keys.ts';
import { workerdPid } from './miniflare-process.ts';
import { migrated, wholeService } from './whole-service.ts';

const TENANT = 'bench';
const NAME = 'service';

export class WorkflowService implements AsyncDisposable {
  /** where an app finds it, as `steamer/world` reads it */
  readonly variables: { STEAMER_URL: string; STEAMER_KEY: string };
  readonly pid: number;
  readonly #miniflare: Miniflare;
  readonly #folder: string;

  private constructor(miniflare: Miniflare, folder: string, url: URL, key: string) {
    this.variables = { STEAMER_URL: new URL(`/v1/${TENANT}`, url).href, STEAMER_KEY: key };
    this.pid = workerdPid();
    this.#miniflare = miniflare;
    this.#folder = folder;
  }

  /** While no other workerd of this process runs. */
  static async start(): Promise<WorkflowService> {
    const options = await wholeService('workflow-service', 'WORKFLOW_RUN');
    // In memory, as all that is measured beside it.
    const folder = mkdtempSync('/dev/shm/steamer-workflow-service-');
    const miniflare = new Miniflare(
      convertV4MiniflareOptions({
        ...options,
        name: NAME,
        resourcePersistencePath: folder,
        unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
        d1Databases: { DB: 'accounts', WORKFLOW_DB: 'workflows' },
        r2Buckets: { WORKFLOW_PAYLOADS: 'payloads' },
      }),
    );
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    const url = await miniflare.unsafeGetDirectURL(NAME);
    await migrated(miniflare, 'WORKFLOW_DB', 'workflows');
    const accounts = await migrated(miniflare, 'DB', 'accounts');
    await storeTenant(accounts, TENANT);
    const key = await storeKey(accounts, TENANT, ['workflows:read', 'workflows:write']);
    return new WorkflowService(miniflare, folder, url, key);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#miniflare.dispose();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
