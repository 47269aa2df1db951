const CUT = /^[^?]*\/(?:\.|%2e){0,2}(?:[/?]|$)/i;

/** Whether a path has a segment that is empty, "." or "..", as an id may be: URLs and routes leave those out, and what is left is the path of something else. */
export function isCutPath(path: string): boolean {
  return CUT.test(path);
}
