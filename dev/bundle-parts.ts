/** What a bundle is made of, from esbuild's own account of it. */

/** The part of esbuild's metafile that is read here. */
export interface Metafile {
  outputs: Readonly<Record<string, { entryPoint?: string; inputs: Readonly<Record<string, { bytesInOutput: number }>> }>>;
}

/** The minified bytes of each room of src, each object and each package, the largest first; what is in none of them is of "others". */
export function partsOfBundle({ outputs }: Metafile): [name: string, bytes: number][] {
  const parts = new Map<string, number>();
  for (const { entryPoint, inputs } of Object.values(outputs)) {
    if (entryPoint === undefined) continue; // a source map, or a module beside the bundle
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const name = partOf(path);
      parts.set(name, (parts.get(name) ?? 0) + bytesInOutput);
    }
  }
  return [...parts].toSorted(([, one], [, other]) => other - one);
}

function partOf(path: string): string {
  const [, inPackage] = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path) ?? [];
  const [, inRoom] = /^src\/(objects\/[^/]+|[^/]+)\//.exec(path) ?? [];
  return inPackage ?? inRoom ?? 'others';
}
