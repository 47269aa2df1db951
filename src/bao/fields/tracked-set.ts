/** Sets that tell their owner when they are changed, so that `item.tags.add('new')` marks the field as changed. */

/**
 * Calls `onChange` before every later change of `members`, and returns it.
 *
 * The methods are the Set's own properties rather than a subclass's, so that it equals any Set of the same members.
 */
export function trackSet(members: Set<unknown>, onChange: () => void): Set<unknown> {
  for (const name of ['add', 'delete', 'clear'] as const) {
    const method: (member: unknown) => unknown = members[name].bind(members);
    const tracked = (member: unknown) => {
      onChange();
      return method(member);
    };
    Object.defineProperty(members, name, { value: tracked });
  }
  return members;
}
