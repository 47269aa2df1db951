import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { Code, CurlLine, Json } from '../../parts/code.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { duration } from '../../parts/figures.tsx';
import { Failure } from '../../parts/notices.tsx';
import { Card, Page } from '../../parts/page.tsx';
import { useAction } from '../../service/action.ts';
import type { ServiceRequest } from '../../service/request.ts';
import { type Answer, send } from '../../service/send.ts';
import { linkTo } from '../../shell/route.ts';
import { accessOf, type ApiDocument, type ApiRoute, boundsOf, exampleOf, kindOf, modelsOf, type Parameter } from './api.ts';
import { clientLineOf } from './client-line.ts';
import { SchemaMembers } from './schema-members.tsx';

const JSON_TYPE = 'application/json';
const METHOD_KINDS: Readonly<Record<ApiRoute['method'], string>> = {
  GET: 'ok',
  POST: 'accent',
  PUT: 'warn',
  PATCH: 'warn',
  DELETE: 'danger',
};

export function Method({ method }: Pick<ApiRoute, 'method'>): JSX.Element {
  return <span class={`badge method ${METHOD_KINDS[method]}`}>{method}</span>;
}

interface RouteProps {
  tenant: string;
  document: ApiDocument;
  route: ApiRoute;
}

/** One route: what it takes, what it answers, and ways to call it. */
export function RoutePage({ tenant, document, route }: RouteProps): JSX.Element {
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const { method, path, summary, parameters, requestBody, responses, operationId } = route;
  return (
    <Page
      title={summary}
      trail={<a href={linkTo(tenant, 'reference')}>API reference</a>}
      lead={
        <>
          <Method method={method} /> <code>{path}</code> · for {accessOf(route)}
        </>
      }
    >
      <Calls tenant={tenant} document={document} route={route} values={values} />
      {parameters.length > 0 && (
        <Card title="Parameters">
          <Parameters parameters={parameters} values={values} onInput={(name, value) => setValues({ ...values, [name]: value })} />
        </Card>
      )}
      {Object.entries(requestBody?.content ?? {}).map(([type, { schema }]) => (
        <Card key={type} title="Body" actions={<code class="muted">{type}</code>}>
          <SchemaMembers document={document} schema={schema} label="Body" />
        </Card>
      ))}
      {Object.entries(responses).map(([status, { description, content = {} }]) => (
        <Card
          key={status}
          title={status === 'default' ? 'Errors' : `${status}: ${description}`}
          actions={<ContentTypes content={content} />}
        >
          {Object.entries(content).map(([type, { schema }]) => (
            <SchemaMembers key={type} document={document} schema={schema} label={status === 'default' ? 'Error' : `Answer ${status}`} />
          ))}
        </Card>
      ))}
      <p class="fine">
        <code>{operationId}</code> in generated clients
      </p>
    </Page>
  );
}

function ContentTypes({ content }: { content: object }): JSX.Element {
  return <code class="muted">{Object.keys(content).join(', ') || 'no body'}</code>;
}

interface ParametersProps {
  parameters: readonly Parameter[];
  values: Readonly<Record<string, string>>;
  onInput: (name: string, value: string) => void;
}

function Parameters({ parameters, values, onInput }: ParametersProps): JSX.Element {
  return (
    <DataTable
      label="Parameters"
      rows={parameters}
      keyOf={({ name }) => name}
      columns={[
        { title: 'Name', cell: ({ name }) => <code>{name}</code> },
        {
          title: 'Value',
          cell: ({ name }) => (
            <input
              class="small"
              aria-label={`Value of ${name}`}
              spellcheck={false}
              autocomplete="off"
              value={values[name] ?? ''}
              onInput={(event) => onInput(name, event.currentTarget.value)}
            />
          ),
        },
        { title: 'In', cell: ({ in: where, required = false }) => (required ? `${where}, required` : where) },
        { title: 'Is', cell: ({ schema }) => [kindOf(schema), ...boundsOf(schema)].join(', ') },
      ]}
    />
  );
}

/** The call as a command and as code, with the values that were given; what only reads is sent from here. */
function Calls({ tenant, document, route, values }: RouteProps & { values: Readonly<Record<string, string>> }): JSX.Element {
  const [answer, setAnswer] = useState<Answer<unknown> | null>(null);
  const schema = route.requestBody?.content[JSON_TYPE]?.schema;
  const body = schema === undefined ? undefined : exampleOf(document, schema);
  const request = requestOf(route, values, body);
  const client = clientLineOf({ route, tenant, models: modelsOf(document), body });
  const sending = useAction(async () => setAnswer(await send(request)));
  const missing = route.parameters.filter(({ name, required = false }) => required && !values[name]).map(({ name }) => name);
  return (
    <Card title="Call it">
      <div class="calls">
        <CurlLine request={request} />
        {client !== null && <Code text={client} label="the call with steamer/client" />}
        {isTried(route) && (
          <p class="query-actions">
            <Button
              kind="primary"
              icon="play"
              isBusy={sending.isRunning}
              isDisabled={missing.length > 0}
              onClick={() => void sending.run()}
            >
              Send it as you
            </Button>
            <span class="fine" role="status">
              {missing.length > 0 && `It needs a value of ${missing.join(', ')}.`}
              {missing.length === 0 && answer !== null && `Answered in ${duration(answer.elapsedMs)}.`}
            </span>
          </p>
        )}
        <Failure refusal={sending.refusal} />
        {answer !== null && sending.refusal === null && <Json value={answer.value} label="the answer" />}
      </div>
    </Card>
  );
}

function requestOf({ method, path, parameters }: ApiRoute, values: Readonly<Record<string, string>>, body: unknown): ServiceRequest {
  const given = (where: Parameter['in']): Record<string, string> =>
    Object.fromEntries(parameters.filter((one) => one.in === where && values[one.name]).map(({ name }) => [name, values[name] ?? '']));
  const inPath = given('path');
  return {
    method,
    // A name of streams may have slashes.
    path: path.replaceAll(/\{(\w+)\}/g, (hole, name: string) => inPath[name]?.split('/').map(encodeURIComponent).join('/') ?? hole),
    query: given('query'),
    headers: given('header'),
    ...(body === undefined ? {} : { body }),
  };
}

/** What reads as whoever has signed in, and answers with JSON. */
function isTried({ method, security, responses }: ApiRoute): boolean {
  const isOpen = security.length === 0 || security.some((way) => 'session' in way);
  return method === 'GET' && isOpen && responses['200']?.content?.[JSON_TYPE] !== undefined;
}
