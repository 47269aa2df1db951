/** Writes the module of clients: `createClient` for these models, and a name for what is read and written of each. */
import { BANNER } from './banner.ts';
import type { ModelDefinition } from './definitions.ts';
import { quoted } from './literals.ts';
import type { OutputFormat, SourceText } from './output-format.ts';

/** The texts of the module: an ES module in every format, which imports nothing of the models but types. @param manifest as it imports the manifest */
export function emitClient(models: readonly ModelDefinition[], manifest: string, { language }: OutputFormat): SourceText {
  const imports = `import * as client from 'steamer/client';\nimport type { ClientModels } from ${quoted(manifest)};\n`;
  const signature = 'createClient(options: client.JsonClientOptions): client.SteamerClient<ClientModels>';
  const doc = '/** A client of one tenant of the service: its models, streams, files and workflows. */\n';
  const types = models.map(typesOf).join('');
  if (language === 'typescript') {
    const code = `${BANNER}\n${imports}\n${doc}export function ${signature} {\n  return client.createClient<ClientModels>(options);\n}\n${types}`;
    return { code, declarations: null };
  }
  return {
    code: `${BANNER}\nexport { createClient } from 'steamer/client';\n`,
    declarations: `${BANNER}\n${imports}\n${doc}export declare function ${signature};\n${types}`,
  };
}

function typesOf({ name, steamer: { path } }: ModelDefinition): string {
  const shape = `ClientModels[${quoted(path)}]`;
  return `
/** A ${name} as it is read. */
export type ${name} = client.Item<${shape}>;
/** The body of a create of a ${name}, or of a replace. */
export type ${name}Create = client.NewItem<${shape}>;
/** What may change in a ${name}; null clears a field. */
export type ${name}Update = client.Changes<${shape}>;
`;
}
