/** Where numbers about requests go. One point per request, written when its answer is known. */
export interface RequestPoint {
  /** the route's pattern, never a path: "/v1/:tenant/systems/:systemId" */
  route: string;
  method: string;
  status: number;
  tenant: string | null;
  durationMs: number;
  /** HTTP requests to DynamoDB that this request caused */
  dynamoCalls: number;
  cache: string;
}

/** What limits have decided in an isolate, of one policy, since the point before. */
export interface LimitPoint {
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

export interface MetricsSink {
  request(point: RequestPoint): void;
  limit(point: LimitPoint): void;
}
