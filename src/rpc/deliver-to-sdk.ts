/** Hands a delivery to the SDK, in the scope of its run's tenant and app. */
import { isOfStep, type Delivered, type Delivery } from '../runs/messages.ts';
import type { RunAddress } from '../runs/run-address.ts';
import { inLaterTurn } from '../sandbox/later-turn.ts';
import { withJoinedTimers } from '../sandbox/timers.ts';
import { runInApp } from '../world/app-scope.ts';
import { withGatheredWrites } from '../world/gathered-writes.ts';

/** Runs work as a tenant, whose models it may use. */
export type InTenant = <Result>(env: object, tenant: string, work: () => Promise<Result>) => Promise<Result>;

export interface DeliveryOptions {
  /** hands a message to the SDK */
  handle: (delivery: Delivery) => Promise<Delivered>;
  /** the service's; null: there is none, and so there are no models */
  inTenant: () => InTenant | null;
}

/** Replays have timers of no delay joined; steps may use models, and what they write to streams gathers. */
export async function deliverToSdk(
  { handle, inTenant }: DeliveryOptions,
  env: object,
  address: RunAddress,
  delivery: Delivery,
): Promise<Delivered> {
  return runInApp(address, async () => {
    if (!isOfStep(delivery)) return withJoinedTimers(inLaterTurn, () => handle(delivery));
    const asTenant = inTenant();
    const step = (): Promise<Delivered> => withGatheredWrites(() => handle(delivery));
    return asTenant === null ? step() : asTenant(env, address.tenant, step);
  });
}
