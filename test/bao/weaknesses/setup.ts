/**
 * What the tests of dynamo-bao's weaknesses share. They use nothing that dynamo-bao does not have as well, and reach DynamoDB by
 * `fetch` through the proxy, so that test/interop runs the very same files against dynamo-bao 0.4.2 from npm.
 */
import { inject } from 'vitest';
import { initModels } from '../../../src/bao/index.ts';
import type { BaoConfig, ModelManager } from '../../../src/bao/index.ts';
import { proxyControl } from '../../setup/proxy-control.ts';
import type { ProxyControl } from '../../setup/proxy-control.ts';
import { openTestTable } from '../setup.ts';
import type { TestTable } from '../setup.ts';

/** Models over a table of their own, and the proxy between them. */
export interface Bao<Models extends object> {
  manager: ModelManager<Models>;
  models: Models;
  table: TestTable;
  control: ProxyControl;
  /** the operations since the last call, and forgets them */
  takeOperations(): Promise<string[]>;
  drop(): Promise<void>;
}

/** Configures the models over a new table. */
export async function openBao<Models extends object>(models: Models, config: BaoConfig = {}): Promise<Bao<Models>> {
  const table = await openTestTable();
  const control = proxyControl(inject('dynamodbProxy'), table.tableName);
  const manager = initModels({ ...config, ...connection(table.tableName), models });
  return {
    manager,
    models: manager.models,
    table,
    control,
    takeOperations: async () => {
      const requests = await control.requests();
      await control.reset();
      return requests.map(({ operation }) => operation);
    },
    drop: async () => {
      await control.reset();
      await table.drop();
    },
  };
}

/** The part of a configuration that says where the rows are. */
export function connection(tableName: string): Required<Pick<BaoConfig, 'aws' | 'db'>> {
  return {
    aws: {
      region: 'us-east-1',
      endpoint: inject('dynamodbProxy'),
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    },
    db: { tableName },
  };
}

/** A field of an object by its name: these models are written by hand, without types of their own. */
export function read(object: object | undefined, name: string): unknown {
  return object && (Reflect.get(object, name) as unknown);
}

/** The error that a promise or a function ends with; fails when there is none. */
export async function errorOf(work: Promise<unknown> | (() => unknown)): Promise<Error> {
  try {
    await (typeof work === 'function' ? work() : work);
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
  throw new Error('expected an error, and it went well');
}

/** The outcome, unless it takes too long. */
export async function within<Value>(ms: number, work: Promise<Value>): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing for ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
