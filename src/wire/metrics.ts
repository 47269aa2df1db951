/** Where numbers about the service go: events of one union, each recorded once by whoever knows it. */
export type MetricEvent = RequestEvent | RunEvent | LimitEvent | MaintenanceEvent;

/** A request has its answer. */
export interface RequestEvent {
  kind: 'request';
  /** the route's pattern, never a path: "/v1/:tenant/systems/:systemId" */
  route: string;
  method: string;
  status: number;
  tenant: string | null;
  durationMs: number;
  /** what answered its reads */
  cache: 'hit' | 'miss' | 'partial' | 'bypass' | 'none';
  cost: RequestCost;
  /** of bodies whose length is said before they come */
  bytesIn: number;
  bytesOut: number;
}

/** What a request asked of the tenant's store, and that of DynamoDB. */
export interface RequestCost {
  /** HTTP requests to DynamoDB */
  calls: number;
  /** of models: each would have been a request to DynamoDB */
  operations: number;
  hits: number;
  misses: number;
  isolateHits: number;
  readUnits: number;
  writeUnits: number;
}

/** A run of a workflow begins. */
export interface RunEvent {
  kind: 'run';
  tenant: string;
}

/** What limits have decided in an isolate, of one policy, since the event before. */
export interface LimitEvent {
  kind: 'limit';
  policy: string;
  decisions: number;
  /** requests that were refused */
  refusals: number;
  /** requests that would have been, were the policy not in shadow mode */
  shadowRefusals: number;
  /** decisions of the policy's object; the others were made by leases and refusals that an isolate knew */
  asked: number;
  leased: number;
  /** decisions without an answer of the object */
  failures: number;
}

/** A job of maintenance has run. */
export interface MaintenanceEvent {
  kind: 'maintenance';
  job: string;
  removed: number;
  durationMs: number;
  isFailed: boolean;
}

export interface MetricsSink {
  /** Never throws: nothing fails for its metrics. */
  record(event: MetricEvent): void;
}
