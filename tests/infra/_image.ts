import { join } from "node:path";
import { PROJECT_DIRECTORY } from "../../runtime/services/task_command.ts";
import { hasProgram } from "./_programs.ts";

const FOLDER = new URL("../../infra/docker/", import.meta.url);

const SANDBOX = new URL("sandbox.sh", import.meta.url).pathname;

/** What infra/docker/Dockerfile says about the image, its last stage. */
export interface ImageDescription {
  readonly environment: Readonly<Record<string, string>>;
  readonly user: string;
  readonly directory: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  /** Commands that fill the caches, of the stage before. */
  readonly bake: string;
}

/** Reads infra/docker/Dockerfile. */
export function readImage(): ImageDescription {
  const text = Deno.readTextFileSync(new URL("Dockerfile", FOLDER)).replace(/\\\n/g, " ");
  const stages = text.split(/^FROM .*$/m).map((stage) =>
    stage.split("\n").flatMap((line) => {
      const [, instruction, rest] = /^([A-Z]+) (.*)$/.exec(line) ?? [];
      return instruction === undefined ? [] : [[instruction, rest!] as const];
    })
  );
  const [build, last] = stages.slice(-2);
  const all = (name: string) => last!.filter(([known]) => known === name).map(([, rest]) => rest);
  const variables = all("ENV").flatMap((rest) => [...rest.matchAll(/(\w+)=(\S+)/g)]);
  return {
    environment: Object.fromEntries(variables.map(([, name, value]) => [name, value])),
    user: all("USER").at(-1) ?? "",
    directory: all("WORKDIR").at(-1) ?? "",
    entrypoint: JSON.parse(all("ENTRYPOINT").at(-1) ?? "[]"),
    command: JSON.parse(all("CMD").at(-1) ?? "[]"),
    bake: /deno run --allow-all \S+/.exec(build!.map(([, rest]) => rest).join("\n"))?.[0] ?? "",
  };
}

/** Files and folders of the project that enter the image. */
export function imageContents(): readonly string[] {
  const text = Deno.readTextFileSync(new URL("Dockerfile.dockerignore", FOLDER));
  return text.split("\n").filter((line) => line.startsWith("!")).map((line) => line.slice(1));
}

/** Why no image can be tried here; null if one can. */
export async function findHindrance(): Promise<string | null> {
  if (Deno.build.os !== "linux") return "only Linux has namespaces";
  if (Deno.uid() !== 0) return "only root can be another user";
  const args = ["--mount", "--pid", "--fork", "--ipc", "--uts", "mount", "--make-rprivate", "/"];
  return await hasProgram("unshare", ...args) ? null : "namespaces are refused here";
}

/** A tree as the image has it, with a data directory; all of it removed when disposed of. */
export class ImageTree implements AsyncDisposable {
  readonly path = Deno.makeTempDirSync({ prefix: "sluice-image-" });
  readonly data = join(this.path, "data");

  constructor({ environment }: ImageDescription) {
    for (const name of ["sluice/node_modules", "deno", "cache", "data"]) {
      Deno.mkdirSync(join(this.path, name), { recursive: true });
    }
    const { SLUICE_HOME: _, ...rest } = environment;
    const lines = Object.entries(rest).map(([name, value]) => `${name}=${value}`);
    Deno.writeTextFileSync(join(this.path, "environment"), lines.join(" "));
    Deno.symlinkSync(join(PROJECT_DIRECTORY, "node_modules"), join(this.path, "modules"));
    Deno.chmodSync(this.path, 0o755);
    Deno.chownSync(this.data, 10001, 10001);
  }

  /** Copies what enters the image, and fills its caches as the stage of the build does. */
  async build(bake: string): Promise<void> {
    const contents = ["--recursive", ...imageContents(), join(this.path, "sluice")];
    await run("cp", contents, PROJECT_DIRECTORY);
    // What "deno install" leaves: which packages there are.
    const { denoDir } = JSON.parse(await run(Deno.execPath(), ["info", "--json"], this.path));
    const copy = ["-exec", "cp", "--parents", "{}", join(this.path, "deno"), ";"];
    await run("find", ["npm", "-name", "registry.json", ...copy], denoDir);
    const { success, stderr } = await this.#command("build", "build", bake.split(" ")).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    await run("chmod", ["--recursive", "a+rX", join(this.path, "deno")], this.path);
  }

  /** Starts a command in a container of its own. */
  start(
    name: string,
    command: readonly string[],
    variables: Readonly<Record<string, string>>,
  ): Deno.ChildProcess {
    return this.#command("run", name, command, variables).spawn();
  }

  /** Lets a container stop as its runtime would: by SIGTERM to its first process. */
  async stop({ pid }: Deno.ChildProcess): Promise<void> {
    const args = ["-TERM", "--parent", String(pid)];
    const { success } = await new Deno.Command("pkill", { args }).output();
    if (!success) throw new Error(`Cannot find the first process of container ${pid}`);
  }

  #command(
    mode: string,
    name: string,
    command: readonly string[],
    variables: Readonly<Record<string, string>> = {},
  ): Deno.Command {
    const given = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
    return new Deno.Command(SANDBOX, {
      args: [mode, name, this.path, this.data, ...command],
      env: { SANDBOX_VARIABLES: given.join(" ") },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

/** Runs a program that must succeed. @returns Its standard output */
async function run(program: string, args: readonly string[], cwd: string): Promise<string> {
  const command = new Deno.Command(program, { args: [...args], cwd });
  const { success, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`Cannot run ${program}: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}
