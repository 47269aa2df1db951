/** How everything of a tenant is read: kind by kind, a part at a time. */

/** A line of an export: what it is of, and its members as they are kept. */
export interface ExportLine {
  kind: string;
  [member: string]: unknown;
}

export interface ExportStep {
  /** what it reads: "rows", "members" */
  name: string;
  /** @param position where the part before ended, null at the beginning @returns the part, and where to go on; `next` null: there is no more */
  read(tenant: string, position: string | null): Promise<{ lines: ExportLine[]; next: string | null }>;
}
