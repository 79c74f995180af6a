/** Words that a shell takes as they are. */
const PLAIN = /^[\w@%+=:,./-]+$/;

/** The command line of a task, as a person may type it again. */
export function commandLine(task: string, args: readonly string[] = Deno.args): string {
  const words = args.map((arg) => PLAIN.test(arg) ? arg : `'${arg.replaceAll("'", `'\\''`)}'`);
  return ["deno task", task, ...words].join(" ");
}
