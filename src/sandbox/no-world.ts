/** Stands in for the SDK's own worlds, which need files or Vercel. */
function refuse(): never {
  throw new TypeError(
    'expected the World of this Worker: import the module that `steamer workflows build` writes before anything of the Workflow SDK',
  );
}

export const createLocalWorld = refuse;
export const createVercelWorld = refuse;
export const createWorld = refuse;
