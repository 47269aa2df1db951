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

export interface MetricsSink {
  request(point: RequestPoint): void;
}
