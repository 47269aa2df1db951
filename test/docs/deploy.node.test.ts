import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { REPEATABILITY } from '../../src/dynamo/operations.ts';
import { type ServiceBinding, SERVICE_BINDINGS } from '../../src/wire/service-bindings.ts';

const PAGE = readFileSync(new URL('../../docs/deploy.md', import.meta.url), 'utf8');
/** IAM knows transactions by what they are made of. */
const MADE_OF: Partial<Record<string, readonly string[]>> = {
  TransactGetItems: ['GetItem'],
  TransactWriteItems: ['PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'],
};

describe('docs/deploy.md', () => {
  it('has a policy that allows what the client of DynamoDB sends, and nothing else', () => {
    const policy = JSON.parse(/```json\n([^]*?)```/.exec(PAGE)?.[1] ?? '');
    const actions = Object.keys(REPEATABILITY).flatMap((operation) => MADE_OF[operation] ?? [operation]);
    expect(policy.Statement[0].Action).toEqual([...new Set(actions)].map((action) => `dynamodb:${action}`).toSorted());
  });

  it.each(Object.entries<ServiceBinding>(SERVICE_BINDINGS))('says how %s comes to be', (name, binding) => {
    if (binding.kind === 'object') return expect(PAGE).toContain('the objects | nothing');
    expect(PAGE).toContain(`| \`${name}\``);
    if (binding.kind === 'queue') expect(PAGE).toContain(`wrangler queues create ${binding.queue}-production`);
    if (binding.kind === 'r2') expect(PAGE).toContain(`wrangler r2 bucket create NAME-${binding.purpose}-production`);
  });

  it('adds its costs up rightly', () => {
    const rows = [...PAGE.matchAll(/^\| (?!\*\*).* \| \$.* \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$/gm)];
    const sums = [1, 2, 3].map((column) => rows.reduce((sum, row) => sum + Number(row[column]), 0).toFixed(2));
    expect(PAGE).toContain(`| **together** | | ${sums.map((sum) => `**$${sum}**`).join(' | ')} |`);
  });
});
