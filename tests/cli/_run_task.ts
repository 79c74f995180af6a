/** What a task came to. */
export interface TaskOutcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a task of deno.json as a person does. @param root Data directory */
export async function runTask(
  root: string,
  ...args: readonly string[]
): Promise<TaskOutcome> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", ...args],
    cwd: new URL("../..", import.meta.url),
    env: { SLUICE_HOME: root },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { status: code, stdout: text(stdout), stderr: text(stderr) };
}
