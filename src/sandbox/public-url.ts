/** The address that workflows are told, for their webhooks. The SDK knows Vercel's, and otherwise a port of this machine: what it says is replaced where it says it. */
import { AsyncLocalStorage } from 'node:async_hooks';

/** Where the SDK keeps what a workflow knows of itself, on the global object of a replay. */
export const WORKFLOW_CONTEXT = Symbol.for('WORKFLOW_CONTEXT');
const STEP_CONTEXT_STORAGE = Symbol.for('WORKFLOW_STEP_CONTEXT_STORAGE');

interface WorkflowMetadata {
  url?: string;
}

let publicUrl: string | null = null;

/** Tells workflows and steps where they are reached. To be called before the SDK is loaded. @param url null: what the SDK says stands */
export function installPublicUrl(url: string | null): void {
  publicUrl = url;
  Object.assign(globalThis, { [STEP_CONTEXT_STORAGE]: new StepContexts() });
}

/** What a workflow is told of itself, at its public address. */
export function atPublicUrl<Metadata extends WorkflowMetadata>(metadata: Metadata): Metadata {
  return publicUrl === null ? metadata : { ...metadata, url: publicUrl };
}

interface StepContext {
  workflowMetadata: WorkflowMetadata;
}

/** In the place of the SDK's own, which it makes only where there is none. */
class StepContexts extends AsyncLocalStorage<StepContext> {
  override run<Result>(store: StepContext, work: () => Result): Result {
    return super.run({ ...store, workflowMetadata: atPublicUrl(store.workflowMetadata) }, work);
  }
}
