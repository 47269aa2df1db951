/** How the service's isolates ask a run's object for a socket that follows it. */

export interface FollowRequest {
  /** what is sent first is the event behind it */
  position: number;
  /** what it was opened with, and ends with */
  credential: string;
}

/** The URL of an upgrade. */
export function followUrl(request: FollowRequest): string {
  return `https://run/?${encodeURIComponent(JSON.stringify(request))}`;
}

/** What the URL of an upgrade asks for: isolates of the service have made it, and nobody else can. */
export function readFollowUrl(url: string): FollowRequest {
  return JSON.parse(decodeURIComponent(new URL(url).search.slice(1))) as FollowRequest; // made by `followUrl`
}
