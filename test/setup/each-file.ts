/** What holds for every file of a workerd project. Files share modules, so what a file does at its end is said here, not in what it imports. */
import { afterAll } from 'vitest';
import { allMailHasCome } from './accounts-client.ts';

afterAll(allMailHasCome);
