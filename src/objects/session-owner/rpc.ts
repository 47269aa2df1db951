/** The interface of the object that owns sessions. Secrets come as their SHA-256 only; the caller says what time it is. */

import type { ApiKeyFacts } from '../../wire/api-key-facts.ts';
import type { TenantStanding } from '../../wire/tenant-standing.ts';

/** How a session is carried: by a browser's cookie, or by a refresh token that is another one after each use. */
export type SessionKind = 'cookie' | 'token';

/** What shows that somebody has a session: the hash of its secret, or an access token of it, whose signature the caller has checked. */
export type SessionProof = string | { issuedAtSec: number };

export interface NewSession {
  id: string;
  kind: SessionKind;
  secretHash: string;
  /** what signed in, as a person recognises it: of the User-Agent */
  device: string;
  /** from where: city and country as the edge knows them, or '' */
  place: string;
  /** what tells the caller's address from others, null when it is not known: a place that somebody has signed in from is known from then on */
  placeHash: string | null;
  /** when the sign-in began, before its user was looked up */
  atMs: number;
}

export interface Issued {
  /** failed sign-ins since the last session began */
  failures: number;
  /** no live session is of the same device */
  isNewDevice: boolean;
  /** all sessions were ended since it began, or a moment before: what let its user in may be no more */
  mayBeOvertaken: boolean;
}

/** A session as its user sees it. */
export interface SessionListing {
  id: string;
  kind: SessionKind;
  device: string;
  place: string;
  startedAtMs: number;
  /** to half a day */
  seenAtMs: number;
  endsAtMs: number;
}

/** What the user is in a tenant. `role` null: no member. */
export interface Membership {
  role: string | null;
  plan: string | null;
  isSuspended: boolean;
}

/** What the owner knows of it. */
export interface MembershipSince extends Membership {
  /** since when the user is that: what was opened before, as something else, ends */
  sinceMs: number;
}

/** Data that the application keeps with a session: JSON text, null before it was written. */
export interface SessionData {
  json: string | null;
  version: number;
}

export interface LiveSession {
  kind: 'live';
  sessionKind: SessionKind;
  /** when the password was given last */
  authenticatedAtMs: number;
  endsAtMs: number;
  data: SessionData;
  /** in the tenant that was asked about; null: none was, or the owner has to be told first */
  membership: MembershipSince | null;
}

export type SessionCheck = LiveSession | { kind: 'refused' };

export type Rotation =
  /** `repeated`: the same request came before, and its answer has not arrived as far as anybody knows */
  | { kind: 'rotated' | 'repeated'; authenticatedAtMs: number }
  /** another request with the same token was a moment faster */
  | { kind: 'superseded' }
  /** a token that was used before came again: somebody else has it, and the session has ended */
  | { kind: 'replayed' }
  | { kind: 'refused' };

export type KeyCheck =
  | { kind: 'live'; facts: ApiKeyFacts }
  | { kind: 'refused' }
  /** the owner has to be told first; `last`: what it was told too long ago, where that would be live */
  | { kind: 'untold'; last: ApiKeyFacts | null };

/** What the owner of a tenant answers. */
export interface KeyOwnerRpc {
  checkKey(kid: string, secretHash: string, nowMs: number): Promise<KeyCheck>;
  /** Tells of a key; `read` as of memberships. */
  learnKey(facts: ApiKeyFacts, nowMs: number, source: 'changed' | 'read'): Promise<void>;
  /** Drops what is known of keys, as the tenant is no more. */
  forgetKeys(): Promise<void>;
  /** What the tenant is; null when the owner has to be told first. */
  standing(nowMs: number): Promise<TenantStanding | null>;
  /** Tells what the tenant is, which counts for its keys as well; `read` as of memberships. */
  learnStanding(standing: TenantStanding, nowMs: number, source: 'changed' | 'read'): Promise<void>;
}

/** What the owner of a user answers. */
export interface SessionOwnerRpc {
  issue(session: NewSession): Promise<Issued>;
  check(id: string, proof: SessionProof, tenant: string | null, nowMs: number): Promise<SessionCheck>;
  /**
   * Tells what the user is in a tenant. What was `read` is not taken in place of a copy that is still good: it may be from before a change that was told.
   *
   * @returns since when the user is that
   */
  learnMembership(tenant: string, membership: Membership, nowMs: number, source: 'changed' | 'read'): Promise<number>;
  /** @param newSecretHash the same for the same `secretHash`, or a refresh whose answer was lost cannot be answered again */
  rotate(id: string, secretHash: string, newSecretHash: string, nowMs: number): Promise<Rotation>;
  /** Ends the session of whoever shows a secret of it, and says nothing of whether there was one. A refresh token that was used is good, too: its client may have lost what came of it. */
  signOut(id: string, secretHash: string, nowMs: number): Promise<void>;
  /**
   * The password was given again.
   *
   * @param newSecretHash of a cookie: what it has from now on; the one before is good for 10 s, for what needs no recent password. Null: the secret stays
   */
  confirm(id: string, newSecretHash: string | null, nowMs: number): Promise<void>;
  /** Live sessions, the newest first. */
  list(nowMs: number): Promise<SessionListing[]>;
  /** @returns false when there was no such session */
  revoke(id: string): Promise<boolean>;
  /** All, or all but one. @param newSecretHash what the cookie of that one has from now on; null: the secret stays. @returns how many ended */
  revokeAll(except: string | null, newSecretHash?: string | null): Promise<number>;
  /** @returns the new version; null when the session is over, or has another version than the one the data were made from */
  writeData(id: string, json: string, ifVersion: number, nowMs: number): Promise<number | null>;
  /** Counts a failed sign-in. */
  noteFailure(nowMs: number): Promise<void>;
  /** Whether somebody has signed in from a place within the last 90 days, or has shown to read the mail of the user there. */
  knowsPlace(placeHash: string, nowMs: number): Promise<boolean>;
  notePlace(placeHash: string, nowMs: number): Promise<void>;
  /** Forgets everything, as the user is no more. */
  erase(): Promise<void>;
}
