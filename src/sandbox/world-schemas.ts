/**
 * Stands in for `@workflow/world`, of which the SDK's runtime takes what is here. That package has the schemas of everything that a World keeps besides, and with them all of zod:
 * a fifth of the Worker. `steamer workflows build` sees to it that the versions are those of the package that is installed.
 */
import * as z from 'zod/mini';

/** Of runs without a log of events. */
export const SPEC_VERSION_LEGACY = 1;
/** Of runs from which on they have one. */
export const SPEC_VERSION_SUPPORTS_EVENT_SOURCING = 2;
/** Of runs from which on their messages may be CBOR. */
export const SPEC_VERSION_SUPPORTS_CBOR_QUEUE_TRANSPORT = 3;
/** Of runs that begin now. */
export const SPEC_VERSION_CURRENT = 3;

/** Whether a run has no log of events; one that says nothing has none. */
export function isLegacySpecVersion(version: number | null | undefined): boolean {
  return (version ?? SPEC_VERSION_LEGACY) <= SPEC_VERSION_LEGACY;
}

/** A Worker has one app, and so no namespace unless it is told. */
export function resolveQueueNamespace(namespace?: string): string | undefined {
  return namespace;
}

/** What the names of an app's queues begin with. */
export function getQueueTopicPrefix(kind: 'workflow' | 'step', namespace?: string): string {
  return namespace === undefined ? `__wkf_${kind}_` : `__${namespace}_wkf_${kind}_`;
}

/** An instant, which JSON has as text. */
const instant = z.optional(
  z.pipe(
    z.transform((at) => new Date(at as string | Date)), // anything else is no date
    z.date(),
  ),
);

/** A message for a run. What else messages have is the runtime's own: it wrote them. */
export const WorkflowInvokePayloadSchema = z.looseObject({ runId: z.string(), requestedAt: instant });
/** A message for a step. */
export const StepInvokePayloadSchema = z.looseObject({
  workflowName: z.string(),
  workflowRunId: z.string(),
  workflowStartedAt: z.number(),
  stepId: z.string(),
  requestedAt: instant,
});
/** A message that asks whether messages arrive. */
export const HealthCheckPayloadSchema = z.looseObject({ __healthCheck: z.literal(true), correlationId: z.string() });

const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/i;
const TIME_DIGITS = 10;
const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** The instant of a ULID; null for what is none. */
export function ulidToDate(text: string): Date | null {
  if (!ULID.test(text)) return null;
  const time = text.slice(0, TIME_DIGITS).toUpperCase();
  return new Date([...time].reduce((ms, digit) => ms * DIGITS.length + DIGITS.indexOf(digit), 0));
}
