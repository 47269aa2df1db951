/** The console: a page over the service's own routes, which knows nothing that a client of them does not. */
import { render } from 'preact';
import { App } from './shell/app.tsx';
import { readSession } from './shell/session.ts';

const place = document.querySelector('#console');
if (place === null) throw new TypeError('the page has no place for the console');
void readSession(); // what it finds out, or why it could not, is shown by the page
render(<App />, place);
