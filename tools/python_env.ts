import { messageOf } from "../core/errors.ts";

/**
 * Manages the Python tools that tests and benchmarks compare with, in a virtual environment of
 * pinned packages that is made on first use in the checkout and ignored by git.
 */

/** Interpreter that is ready, or the reason why there is none. */
export type PythonEnvironment =
  | { readonly python: string; readonly reason: null }
  | { readonly python: null; readonly reason: string };

/** A virtual environment of pinned packages. */
interface Described {
  readonly summary: string;
  /** Path of its requirements file in the checkout. */
  readonly requirements: string;
  /** Whether it is too large to be made by a test run: it is made on request. */
  readonly onDemand?: true;
}

/** The environments by name. */
export const PYTHON_ENVIRONMENTS = {
  tests: {
    summary: "NumPy, zarr, JAX, ONNX Runtime, gym-pusht: what the tests compare with",
    requirements: "tests/requirements.txt",
  },
  tensorboard: {
    summary: "TensorBoard, which reads the training logs",
    requirements: "tests/requirements-tensorboard.txt",
  },
  jupyter: {
    summary: "nbclient and a kernel, which run the notebook",
    requirements: "tests/requirements-jupyter.txt",
  },
  s3: {
    summary: "moto, an S3 server for the tests of buckets",
    requirements: "tests/requirements-s3.txt",
  },
  gymnasium: {
    summary: "Gymnasium and MuJoCo: peers of the environments",
    requirements: "bench/requirements-gymnasium.txt",
  },
  bench: {
    summary: "PyTorch, JAX and MuJoCo: peers of the benchmarks",
    requirements: "bench/requirements.txt",
  },
  lerobot: {
    summary: "LeRobot and PyTorch, for deno task test:peers and bench loader (7 GB)",
    requirements: "tests/requirements-lerobot.txt",
    onDemand: true,
  },
  infra: {
    summary: "hadolint and kubernetes-validate, which check the image and the chart (110 MB)",
    requirements: "tests/requirements-infra.txt",
    onDemand: true,
  },
  kernels: {
    summary: "ziglang, the compiler of the kernels in C (300 MB)",
    requirements: "tools/requirements-kernels.txt",
    onDemand: true,
  },
} as const satisfies Readonly<Record<string, Described>>;

/** Name of an environment. */
export type PythonEnvironmentName = keyof typeof PYTHON_ENVIRONMENTS;

const ROOT = decodeURIComponent(new URL("..", import.meta.url).pathname);

/** Minor version that the pinned packages require. */
const MINIMUM_MINOR = 11;

const environments = new Map<PythonEnvironmentName, Promise<PythonEnvironment>>();

/**
 * An environment, made if it is not there or its requirements changed. Many processes may ask at
 * once: one makes it, the others wait.
 *
 * @param options `make`: whether it may be made; not one on demand, unless this says so
 *
 * ```ts ignore
 * const { python, reason } = await pythonEnvironment("tests");
 * Deno.test({ name: `x agrees with numpy${reason ? ` (skipped: ${reason})` : ""}`,
 *   ignore: python === null, fn: async () => { await runPython(python!, CODE, [file]); } });
 * ```
 */
export function pythonEnvironment(
  name: PythonEnvironmentName,
  { make = !isOnDemand(name) }: { readonly make?: boolean } = {},
): Promise<PythonEnvironment> {
  let environment = environments.get(name);
  if (environment === undefined) {
    environment = openEnvironment(name, make).catch((error) => missing(messageOf(error)));
    environments.set(name, environment);
  }
  return environment;
}

function isOnDemand(name: PythonEnvironmentName): boolean {
  const described: Described = PYTHON_ENVIRONMENTS[name];
  return described.onDemand ?? false;
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
  const requirements = `${ROOT}${PYTHON_ENVIRONMENTS[name].requirements}`;
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
