/**
 * First import of the workflow bundle. V8 has a global `Temporal` whose `Now` reads the real clock
 * inside a workflow, where only replayed time is allowed; the SDK replaces `Date` and
 * `Math.random` but not this one.
 */
delete (globalThis as { Temporal?: unknown }).Temporal;

export {};
