/** Deployments of apps that run their workflows elsewhere: where each is called back. A run goes back to the one that has started it. */
import { and, eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { workflowDeployments as deployments } from './index-schema.ts';
import type { AppScope } from './run-address.ts';

export interface Deployment extends AppScope {
  deploymentId: string;
  /** "https://app.example.com" or a path below it, without a slash at its end */
  callbackUrl: string;
}

/** Notes where a deployment is called back, from now on. */
export async function putDeployment(db: D1Database, deployment: Deployment, nowMs: number): Promise<void> {
  const { callbackUrl } = deployment;
  await drizzle(db)
    .insert(deployments)
    .values({ ...deployment, registeredAtMs: nowMs })
    .onConflictDoUpdate({
      target: [deployments.tenant, deployments.app, deployments.deploymentId],
      set: { callbackUrl, registeredAtMs: nowMs },
    });
}

/** @returns null where nobody has said where it is */
export async function findCallbackUrl(db: D1Database, { tenant, app }: AppScope, deploymentId: string): Promise<string | null> {
  const isIt = and(eq(deployments.tenant, tenant), eq(deployments.app, app), eq(deployments.deploymentId, deploymentId));
  const [row] = await drizzle(db).select({ callbackUrl: deployments.callbackUrl }).from(deployments).where(isIt);
  return row?.callbackUrl ?? null;
}

/** @returns how many there were */
export async function eraseDeployments(db: D1Database, tenant: string): Promise<number> {
  return (await drizzle(db).delete(deployments).where(eq(deployments.tenant, tenant))).meta.changes;
}
