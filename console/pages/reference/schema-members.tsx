import type { JSX } from 'preact';
import { DataTable } from '../../parts/data-table.tsx';
import { type ApiDocument, boundsOf, kindOf, resolved, type Schema } from './api.ts';

interface SchemaMembersProps {
  document: ApiDocument;
  schema: Schema;
  label: string;
}

interface Member {
  path: string;
  schema: Schema;
  isRequired: boolean;
}

const DEEPEST = 3;

/** What is in a value: its members, and theirs. */
export function SchemaMembers({ document, schema, label }: SchemaMembersProps): JSX.Element {
  const whole = resolved(document, schema);
  const members = membersOf(document, whole);
  if (members.length === 0) return <p class="muted">{whole.description ?? [kindOf(whole), ...boundsOf(whole)].join(', ')}</p>;
  return (
    <DataTable
      label={label}
      rows={members}
      keyOf={({ path }) => path}
      columns={[
        { title: 'Member', cell: ({ path }) => <code>{path}</code> },
        { title: 'Is', cell: ({ schema: of }) => kindOf(of) },
        {
          title: 'More',
          cell: ({ schema: of, isRequired }) => (
            <span class="words">
              {isRequired && <span class="badge">required</span>}
              {of.readOnly === true && <span class="badge">written by the service</span>}
              {[...boundsOf(of), of.description].filter(Boolean).join('; ')}
            </span>
          ),
        },
      ]}
    />
  );
}

function membersOf(document: ApiDocument, schema: Schema, before = '', depth = 0): Member[] {
  const { properties = {}, required = [], items } = resolved(document, schema);
  if (depth === DEEPEST) return [];
  if (items !== undefined) return membersOf(document, items, `${before}[]`, depth + 1);
  return Object.entries(properties).flatMap(([name, member]) => {
    const path = before === '' ? name : `${before}.${name}`;
    return [{ path, schema: member, isRequired: required.includes(name) }, ...membersOf(document, member, path, depth + 1)];
  });
}
