import { messageOf } from "../core/errors.ts";

/**
 * Manages the Python tools that tests and benchmarks compare with, in a virtual environment of
 * pinned packages that is made on first use in the checkout and ignored by git.
 */

/** Interpreter that is ready, or the reason why there is none. */
export type PythonEnvironment =
  | { readonly python: string; readonly reason: null }
  | { readonly python: null; readonly reason: string };

/**
 * `tests`, `tensorboard`, `s3` (a server) and `gymnasium` are light; `bench` adds PyTorch and MuJoCo; `lerobot` is
 * LeRobot and its own PyTorch; `kernels` is the compiler of the kernels in C.
 */
export type PythonEnvironmentName =
  | "tests"
  | "tensorboard"
  | "s3"
  | "gymnasium"
  | "bench"
  | "lerobot"
  | "kernels";

const REQUIREMENTS: Readonly<Record<PythonEnvironmentName, string>> = {
  tests: "tests/requirements.txt",
  tensorboard: "tests/requirements-tensorboard.txt",
  s3: "tests/requirements-s3.txt",
  gymnasium: "bench/requirements-gymnasium.txt",
  bench: "bench/requirements.txt",
  lerobot: "tests/requirements-lerobot.txt",
  kernels: "tools/requirements-kernels.txt",
};

const ROOT = decodeURIComponent(new URL("..", import.meta.url).pathname);

/** Minor version that the pinned packages require. */
const MINIMUM_MINOR = 11;

const environments = new Map<PythonEnvironmentName, Promise<PythonEnvironment>>();

/** Environments that are too large to be made by a test run: they are made on request. */
const ON_DEMAND: readonly PythonEnvironmentName[] = ["lerobot", "kernels"];

/**
 * An environment, made if it is not there or its requirements changed. Many processes may ask at
 * once: one makes it, the others wait.
 *
 * @param options `make`: whether it may be made; not `lerobot` nor `kernels`, unless this says so
 *
 * ```ts ignore
 * const { python, reason } = await pythonEnvironment("tests");
 * Deno.test({ name: `x agrees with numpy${reason ? ` (skipped: ${reason})` : ""}`,
 *   ignore: python === null, fn: async () => { await runPython(python!, CODE, [file]); } });
 * ```
 */
export function pythonEnvironment(
  name: PythonEnvironmentName,
  { make = !ON_DEMAND.includes(name) }: { readonly make?: boolean } = {},
): Promise<PythonEnvironment> {
  let environment = environments.get(name);
  if (environment === undefined) {
    environment = openEnvironment(name, make).catch((error) => missing(messageOf(error)));
    environments.set(name, environment);
  }
  return environment;
}

/**
 * Runs a program text in an environment.
 *
 * @returns What it wrote to stdout
 * @throws {Error} If it does not end with status 0; the message has its stderr
 */
export async function runPython(
  python: string,
  code: string,
  args: readonly string[] = [],
): Promise<string> {
  const { success, stdout, stderr } = await output(python, ["-c", code, ...args]);
  if (!success) throw new Error(`Cannot run a Python program:\n${stderr}`);
  return stdout;
}

async function openEnvironment(
  name: PythonEnvironmentName,
  make: boolean,
): Promise<PythonEnvironment> {
  const requirements = `${ROOT}${REQUIREMENTS[name]}`;
  const wanted = await Deno.readTextFile(requirements);
  const directory = `${ROOT}.venv-${name}`;
  const python = `${directory}/env/bin/python`;
  const marker = `${directory}/installed.txt`;
  await Deno.mkdir(directory, { recursive: true });
  // The kernel drops this lock with the process, however it ends.
  using lock = await Deno.open(`${directory}/lock`, { create: true, write: true });
  await lock.lock(true);
  if (await readText(marker) === wanted) return { python, reason: null };
  if (!make) return missing(`not installed: "deno task python ${name}" does`);
  const base = await findPython();
  if (base === null) return missing(`no Python 3.${MINIMUM_MINOR} or newer`);
  await removeFile(marker); // before anything changes: one that is killed has no marker
  const created = await output(base, ["-m", "venv", "--clear", `${directory}/env`]);
  if (!created.success) return missing(`Python cannot make environments: ${lastLine(created)}`);
  const options = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-deps"];
  const pip = ["-m", "pip", "install", ...options, "--requirement", requirements];
  const installed = await output(python, pip);
  if (!installed.success) return missing(`packages cannot be installed: ${lastLine(installed)}`);
  await Deno.writeTextFile(marker, wanted);
  return { python, reason: null };
}

async function findPython(): Promise<string | null> {
  const check = `import sys; sys.exit(sys.version_info < (3, ${MINIMUM_MINOR}))`;
  for (const command of ["python3", "python3.13", "python3.12", "python3.11"]) {
    try {
      if ((await output(command, ["-c", check])).success) return command;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return null;
}

interface Output {
  readonly success: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

async function output(command: string, args: readonly string[]): Promise<Output> {
  const decoder = new TextDecoder();
  const { success, stdout, stderr } = await new Deno.Command(command, { args: [...args] }).output();
  return { success, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

function missing(reason: string): PythonEnvironment {
  return { python: null, reason };
}

function lastLine({ stdout, stderr }: Output): string {
  return (stderr.trim() || stdout.trim()).split("\n").at(-1) ?? "";
}

async function removeFile(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function readText(path: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
