import { dirname, join } from "node:path";
import { goTool, type GoToolName } from "../../tools/go_tool.ts";
import { pythonEnvironment } from "../../tools/python_env.ts";

/** A program that checks what is in infra/. */
export interface Checker {
  /** Null where it is not installed. */
  readonly path: string | null;
  /** What the names of its tests end with: nothing, or that they were skipped and why. */
  readonly skipped: string;
}

/** Finds a program in the Python environment `infra`. */
export async function pythonChecker(name: string): Promise<Checker> {
  const { python, reason } = await pythonEnvironment("infra");
  return python === null ? missing(reason) : { path: join(dirname(python), name), skipped: "" };
}

/** Finds a program in Go that has one executable. */
export async function goChecker(name: GoToolName): Promise<Checker> {
  const { executables, reason } = await goTool(name);
  return executables === null
    ? missing(reason)
    : { path: Object.values(executables)[0]!, skipped: "" };
}

function missing(reason: string): Checker {
  return { path: null, skipped: ` (skipped: ${reason})` };
}

/**
 * Runs a program that must succeed.
 *
 * @returns What it wrote to stdout
 * @throws {Error} If it finds a fault; the message has all that it wrote
 */
export async function check(
  { path }: Checker,
  args: readonly string[],
  cwd?: string,
): Promise<string> {
  const options = { args: [...args], ...(cwd === undefined ? {} : { cwd }) };
  const { success, stdout, stderr } = await new Deno.Command(path!, options).output();
  const decoder = new TextDecoder(), text = decoder.decode(stdout);
  if (!success) throw new Error(decoder.decode(stderr) + text);
  return text;
}
