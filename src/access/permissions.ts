/** What one principal may do with the items of one model and with their fields. Pure: rules and principal in, answers out. */
import type { AccessRules, ItemOperation } from '../wire/access-rules.ts';
import type { Principal } from '../wire/principal.ts';
import { covers, mayActForOthers, reachOf } from './reach.ts';
import type { Reach } from './reach.ts';

export class Permissions {
  readonly rules: AccessRules;
  readonly #principal: Principal | null;

  /** @param principal null: somebody without credentials */
  constructor(rules: AccessRules, principal: Principal | null) {
    this.rules = rules;
    this.#principal = principal;
  }

  /** What the owner fields of the principal's items hold; null without credentials. */
  get subject(): string | null {
    return this.#principal?.subject.id ?? null;
  }

  /** To which items an operation may be done. */
  reach(operation: ItemOperation): Reach {
    return reachOf(this.rules[operation], this.#principal);
  }

  /** In which of the items that may be read (or written) a field may be. */
  fieldReach(field: string, use: 'read' | 'write'): Reach {
    const words = Object.hasOwn(this.rules.fields, field) ? this.rules.fields[field]?.[use] : undefined;
    return words === undefined ? 'all' : reachOf(words, this.#principal);
  }

  /** Whether a value of the owner field makes an item the principal's own. */
  isOwn(owner: unknown): boolean {
    return this.subject !== null && owner === this.subject;
  }

  /** Whether the principal may write items that are not its own, and say whose they are. True where items are nobody's. */
  mayChooseOwner(operation: 'create' | 'update'): boolean {
    return this.rules.owner === null || mayActForOthers(this.rules[operation], this.#principal);
  }

  /**
   * Whether a field may stand in filters, sort conditions and orders: only where it may be read in every item that may be. Else its values
   * could be had by asking.
   */
  mayAskAbout(field: string): boolean {
    const reach = this.fieldReach(field, 'read');
    return reach === 'all' || (reach === 'own' && this.reach('read') === 'own');
  }

  /** The fields of an item that may not be read. */
  hiddenFields(isOwn: boolean): string[] {
    return Object.keys(this.rules.fields).filter((field) => !covers(this.fieldReach(field, 'read'), isOwn));
  }

  /** The fields that may not be written in every item that may be. */
  guardedFields(): string[] {
    return Object.keys(this.rules.fields).filter((field) => this.fieldReach(field, 'write') !== 'all');
  }

  /** Whether some fields have rules of their own. */
  get hasFieldRules(): boolean {
    return Object.keys(this.rules.fields).length > 0;
  }

  /** Whether any item may be created or updated. */
  get mayWrite(): boolean {
    return this.reach('create') !== 'none' || this.reach('update') !== 'none';
  }

  /** Whether whole items may be written as if there were no rules. */
  get writesFreely(): boolean {
    const operations = ['create', 'update'] as const;
    return (
      operations.every((operation) => this.reach(operation) === 'all' && this.mayChooseOwner(operation)) &&
      this.guardedFields().length === 0
    );
  }
}
