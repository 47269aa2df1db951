/** A PostgreSQL for a benchmark alone: Debian's programs, a cluster in a temporary folder, and a server that ends with this process. */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { findPort } from '../../src/cli/free-port.ts';

const PROGRAMS = '/usr/lib/postgresql/15/bin';
/** By themselves the packages make a cluster and start it. */
const INSTALL = `apt-get update
apt-get install -y --no-install-recommends postgresql-common
sed -i 's/^#*create_main_cluster.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
apt-get install -y --no-install-recommends postgresql-15`;
const POLL_MS = 50;

/** Whether its programs are on this machine. */
export function hasPostgres(): boolean {
  return existsSync(`${PROGRAMS}/postgres`);
}

/** Installs its programs. @throws Error elsewhere than on Debian 12, or without its mirrors, or for who is not root */
export function installPostgres(): void {
  execFileSync('sh', ['-ec', INSTALL], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** A running server with an empty database. It ends, and leaves nothing, when disposed of or with this process. */
export class Postgres implements AsyncDisposable {
  /** of its database */
  readonly url: string;
  /** of the server, whose processes are its children */
  readonly pid: number;
  readonly #server: ChildProcess;
  readonly #folder: string;
  readonly #end = (): void => {
    this.#server.kill('SIGQUIT'); // at once, whoever is connected
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 10 });
  };

  private constructor(server: ChildProcess, folder: string, port: number) {
    this.url = `postgres://world@127.0.0.1:${port}/postgres`;
    this.pid = server.pid ?? -1; // none: it could not be started, and takes no connections
    this.#server = server;
    this.#folder = folder;
    process.once('exit', this.#end);
  }

  /** @throws Error when it ends before it takes connections */
  static async start(): Promise<Postgres> {
    const user = serverUser();
    // In memory, as the objects of the Worker beside it: what is measured is not the disk.
    const folder = mkdtempSync('/dev/shm/steamer-postgres-');
    if (user !== null) chownSync(folder, user.uid, user.gid);
    const options = { ...user, cwd: folder, stdio: 'ignore' as const };
    execFileSync(`${PROGRAMS}/initdb`, ['-D', folder, '-U', 'world', '--auth=trust', '--encoding=UTF8', '--locale=C'], options);
    const port = await findPort();
    const settings = ['listen_addresses=127.0.0.1', `port=${port}`, 'unix_socket_directories='].flatMap((setting) => ['-c', setting]);
    const server = spawn(`${PROGRAMS}/postgres`, ['-D', folder, ...settings], options);
    const postgres = new Postgres(server, folder, port);
    while (!takesConnections(port)) {
      if (server.exitCode !== null) throw new Error(`PostgreSQL has ended with ${server.exitCode}`);
      await sleep(POLL_MS);
    }
    return postgres;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.off('exit', this.#end);
    const exited = this.#server.exitCode === null ? once(this.#server, 'exit') : null;
    this.#server.kill('SIGQUIT');
    await exited;
    this.#end();
  }
}

/** Who may run it: it refuses root, and Debian's packages make a user for it. */
function serverUser(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const id = (kind: string): number => Number(execFileSync('id', [kind, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

function takesConnections(port: number): boolean {
  return spawnSync(`${PROGRAMS}/pg_isready`, ['-q', '-h', '127.0.0.1', '-p', String(port)]).status === 0;
}
