/** What the compiler knows of generated models: those of models.yaml. Compiled by `npm run check`, never run. */
import { expectTypeOf } from 'vitest';
import models, { Benchmark, Result, System, tableProfile } from '../../.bao/models.ts';
import { initModels, type ObjectNotFound, type QueryResult, type TableProfile } from '../../src/bao/index.ts';

export async function using(): Promise<void> {
  const manager = initModels({ models });
  expectTypeOf(manager.models.Result).toEqualTypeOf<typeof Result>();
  expectTypeOf(tableProfile).toEqualTypeOf<TableProfile>();

  const result = await Result.create({ benchmarkId: 'b', systemId: 's', value: 1.5, machine: 'm', measuredAt: new Date() });
  expectTypeOf(result).toEqualTypeOf<Result>();
  expectTypeOf(result.value).toEqualTypeOf<number>();
  expectTypeOf(result.revision).toEqualTypeOf<string>();
  expectTypeOf(await result.getSystem()).toEqualTypeOf<System | ObjectNotFound | null>();
  expectTypeOf(await System.find('s')).toEqualTypeOf<System | ObjectNotFound>();

  const system = await System.update('s', { version: null, name: 'n' }, { condition: { kind: { $in: ['x'] } } });
  expectTypeOf(await system.queryResults({ measuredAt: { $gt: new Date() } }, { limit: 5 })).toEqualTypeOf<QueryResult<Result>>();
  expectTypeOf(await Benchmark.queryAllBenchmarks({ title: { $beginsWith: 'a' } })).toEqualTypeOf<QueryResult<Benchmark>>();

  // @ts-expect-error a required field is missing
  await System.create({ systemId: 's' });
  // @ts-expect-error no such field
  await System.create({ systemId: 's', name: 'n', nmae: 'x' });
  // @ts-expect-error a value of another type
  await System.update('s', { name: 7 });
  // @ts-expect-error half a key
  await Result.find({ benchmarkId: 'b' });
  // @ts-expect-error no such index
  await Result.queryByIndex('resultsForMachine', 'm');
  // @ts-expect-error not the sort field of the index
  await system.queryResults({ value: 1 });
  // @ts-expect-error a value of another type
  await Benchmark.queryAllBenchmarks({ title: { $gt: 7 } });
  // @ts-expect-error no such operator
  await system.queryResults({ measuredAt: { $after: new Date() } });
  // @ts-expect-error no such field in the filter
  await system.queryResults(null, { filter: { valeu: 1 } });
  // @ts-expect-error no such field
  void system.nmae;
}
