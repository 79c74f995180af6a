/** Words that a shell takes as they are. */
const PLAIN = /^[\w@%+=:,./-]+$/;

/** The command line of a task, as a person may type it again. */
export function commandLine(task: string, args: readonly string[] = Deno.args): string {
  return ["deno task", task, ...args.map(shellWord)].join(" ");
}

/** A text as one word of a shell. */
export function shellWord(text: string): string {
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
