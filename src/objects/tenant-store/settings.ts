/** The few things that a tenant's object has to know of itself when it starts again. */

/**
 * `fed-until-ms`: until when it counts as told of other writers by the table's stream, Unix milliseconds;
 * `read-only`: there while nothing may be written;
 * `changes-lost`: the number of the last write that is told as a change of everything only, until it is;
 * `shard-role`: see `ShardRole`; `division`, `next-division`: of the tenant's first object, see `Divisions`; `name`: of the object, for its alarm;
 * `watched-until-ms`: there while live traffic is published, until when nobody is asked whether anybody reads it.
 */
export type SettingName =
  | 'fed-until-ms'
  | 'read-only'
  | 'changes-lost'
  | 'shard-role'
  | 'division'
  | 'next-division'
  | 'name'
  | 'watched-until-ms';

/** Where they are kept. `save` is durable before anything that is answered or sent after it (the platform's output gate). */
export interface SettingsStorage {
  load(name: SettingName): string | undefined;
  /** null removes it. @throws what the storage throws */
  save(name: SettingName, value: string | null): void;
}
