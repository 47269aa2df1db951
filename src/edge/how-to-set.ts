/** How a text of the environment is set. */
export function howToSet(name: string, isSecret: boolean): string {
  return isSecret ? `npx wrangler secret put ${name}; locally in .dev.vars` : 'vars in wrangler.toml; locally also in .dev.vars';
}
