/** A page of another origin: somebody signs in, sees the systems, changes one, and sees results as they come. */
import { useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { Session, SteamerError, type TokenStorage } from 'steamer/client';
import { createClient, type System } from '../../.bao/client.ts';

/** All tabs share it, and it outlives them. */
const storage: TokenStorage = {
  read: () => localStorage.getItem('refresh-token'),
  write: (token) => (token === null ? localStorage.removeItem('refresh-token') : localStorage.setItem('refresh-token', token)),
};

/** @param url of a tenant: https://api.example.com/v1/acme */
export function show(element: Element, url: string): void {
  const session = new Session({ url, storage });
  const steamer = createClient({ url, headers: session.headers });

  function Page() {
    const [name, setName] = useState<string | null>();
    useEffect(() => void session.user().then((user) => setName(user?.fullName ?? null)), []);
    if (name === undefined) return <p>One moment …</p>;
    if (name === null) return <SignIn onUser={setName} />;
    const signOut = () => void session.signOut().then(() => setName(null));
    return (
      <main>
        <p>
          {name} <button onClick={signOut}>Sign out</button>
        </p>
        <Systems />
        <Results />
      </main>
    );
  }

  function SignIn({ onUser }: { onUser: (name: string) => void }) {
    const [problem, setProblem] = useState('');
    const submit = async (form: FormData) => {
      const [email, password] = [form.get('email') as string, form.get('password') as string]; // text fields of the form
      try {
        onUser((await session.signIn({ email, password })).fullName);
      } catch (error) {
        setProblem(
          error instanceof SteamerError && error.code === 'invalid_credentials' ? 'Address or password are wrong.' : String(error),
        );
      }
    };
    return (
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit(new FormData(event.currentTarget));
        }}
      >
        <label>
          Email <input name="email" type="email" autoComplete="username" required />
        </label>
        <label>
          Password <input name="password" type="password" autoComplete="current-password" required />
        </label>
        <button>Sign in</button>
        <p role="alert">{problem}</p>
      </form>
    );
  }

  function Systems() {
    const [systems, setSystems] = useState<readonly System[]>([]);
    const load = async () => setSystems((await steamer.models.systems.page({ index: 'allSystems', limit: 100 })).items);
    useEffect(() => void load(), []);
    const rename = async ({ systemId, revision }: System, name: string) => {
      // Who was slower is told so, and sees what the faster one has made of it.
      await steamer.models.systems.update(systemId, { name }, { ifMatch: revision }).catch((error: unknown) => alert(String(error)));
      await load();
    };
    return (
      <ul>
        {systems.map((system) => (
          <li key={system.revision}>
            <input
              aria-label={`Name of ${system.systemId}`}
              defaultValue={system.name}
              onBlur={({ currentTarget: { value } }) => void (value === system.name || rename(system, value))}
            />
          </li>
        ))}
      </ul>
    );
  }

  function Results() {
    const [latest, setLatest] = useState('none yet');
    useEffect(() => {
      const left = new AbortController();
      void (async () => {
        for await (const { value } of steamer.streams.follow('changes/results', { offset: 'now', signal: left.signal }))
          setLatest(JSON.stringify(value));
      })().catch((error: unknown) => left.signal.aborted || setLatest(String(error)));
      return () => left.abort();
    }, []);
    return <p role="status">Latest result: {latest}</p>;
  }

  createRoot(element).render(<Page />);
}
