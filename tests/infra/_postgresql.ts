import { readdirSync } from "node:fs";
import { join } from "node:path";
import { freePort, runProgram } from "./_server_programs.ts";

/** Directory of PostgreSQL's programs, as Debian installs them; null if there is none. */
export function postgresqlPrograms(): string | null {
  const place = "/usr/lib/postgresql";
  try {
    const newest = readdirSync(place).map(Number).sort((a, b) => b - a)[0];
    return newest === undefined ? null : join(place, String(newest), "bin");
  } catch {
    return null;
  }
}

/** A user by number, or the one who runs this. */
interface User {
  readonly uid?: number;
  readonly gid?: number;
}

/** A PostgreSQL server on loopback with a database cluster of its own. */
export class Postgresql implements AsyncDisposable {
  readonly port: number;
  readonly #programs: string;
  readonly #directory: string;
  /** It does not run as root. */
  readonly #user: User;

  private constructor(
    { port, programs, directory, user }: {
      readonly port: number;
      readonly programs: string;
      readonly directory: string;
      readonly user: User;
    },
  ) {
    this.port = port;
    this.#programs = programs;
    this.#directory = directory;
    this.#user = user;
  }

  /** Makes a database cluster, whose only user needs no password, and starts its server. */
  static async start(programs: string, directory: string): Promise<Postgresql> {
    const user: User = Deno.uid() === 0 ? await postgresUser() : {};
    await Deno.mkdir(directory, { recursive: true });
    if (user.uid !== undefined) await Deno.chown(directory, user.uid, user.gid ?? null);
    const port = await freePort();
    const server = new Postgresql({ port, programs, directory, user });
    await server.#run("initdb", ["--auth", "trust", "--username", "temporal", "--no-sync"]);
    await server.restart();
    return server;
  }

  /** Starts it again after a stop. */
  async restart(): Promise<void> {
    const options = `-p ${this.port} -c listen_addresses=127.0.0.1 -c max_connections=200 ` +
      `-c unix_socket_directories=${this.#directory}`;
    await this.#run("pg_ctl", ["-w", "-t", "90", "-l", this.#log, "-o", options, "start"]);
  }

  /** Stops it as a crash does: the next start recovers from its log. */
  async stopAtOnce(): Promise<void> {
    await this.#run("pg_ctl", ["-w", "-m", "immediate", "stop"]);
  }

  get #log(): string {
    return join(this.#directory, "server.log");
  }

  async #run(program: string, args: readonly string[]): Promise<void> {
    await runProgram(join(this.#programs, program), ["-D", join(this.#directory, "db"), ...args], {
      ...this.#user,
      cwd: this.#directory,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopAtOnce();
  }
}

async function postgresUser(): Promise<User> {
  const of = async (flag: string) => Number(await runProgram("id", [flag, "postgres"]));
  return { uid: await of("-u"), gid: await of("-g") };
}
