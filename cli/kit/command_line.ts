/** Words that a shell takes as they are. */
const PLAIN = /^[\w@%+=:,./-]+$/;

/** Formats the command line of a task so that a person can type it again. */
export function commandLine(task: string, args: readonly string[] = Deno.args): string {
  return ["deno task", task, ...args.map(shellWord)].join(" ");
}

/** A text as one word of a shell. */
export function shellWord(text: string): string {
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
