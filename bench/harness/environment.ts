import { cpus, release, totalmem, type } from 'node:os';
import { version } from 'workerd';
import { serviceCompatibilityDate } from '../../dev/workerd/worker-config.ts';

/** Where figures come from; without it they cannot be compared with those of another day. */
export interface Environment {
  command: string;
  measuredAt: string;
  workerd: string;
  compatibilityDate: string;
  node: string;
  machine: string;
}

/** @param args what followed the file on the command line */
export function describeEnvironment(args: readonly string[]): Environment {
  return {
    command: ['npm run bench --', ...args].join(' '),
    measuredAt: new Date().toISOString(),
    workerd: version,
    compatibilityDate: serviceCompatibilityDate(),
    node: process.version,
    machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()}`,
  };
}
