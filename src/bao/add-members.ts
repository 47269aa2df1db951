/** Members that only some programs have. */

/** Gives an object or a class members that are as methods of a class are: not among its enumerable properties. */
export function addMembers(owner: object, members: object): void {
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(members)))
    Object.defineProperty(owner, name, { ...descriptor, enumerable: false });
}
