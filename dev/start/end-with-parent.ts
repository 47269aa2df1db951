/**
 * Preloaded into a Node process that leads its own process group: when the parent is gone, even killed outright, the whole group ends.
 * An orphan is handed to another parent, and that shows; an IPC channel would not do, for wrangler closes its own.
 */
const WATCH_EVERY_MS = 500;
const parentPid = process.ppid;

setInterval(() => {
  if (process.ppid === parentPid) return;
  try {
    process.kill(-process.pid, 'SIGKILL');
  } catch {
    // Not a leader (a grandchild inherits the preload): the leader does it.
  }
}, WATCH_EVERY_MS).unref();
