import { join } from "node:path";
import { Connection, isGrpcServiceError } from "@temporalio/client";
import type { Postgresql } from "./_postgresql.ts";
import { freePort, listens, runProgram, until } from "./_server_programs.ts";

/** Programs of `deno task go-tool temporal-server`. */
export interface TemporalPrograms {
  readonly server: string;
  /** Writes the schema. */
  readonly sql: string;
}

/** Ports are looked for from here on: PostgreSQL's schema keeps those below 32,768 alone. */
const FIRST_PORT = 17_233;

/** Status of gRPC. */
const ALREADY_EXISTS = 6;

const DATABASES = { temporal: "temporal", temporal_visibility: "visibility" } as const;

/** Temporal's server of clusters, with its state in PostgreSQL. */
export class TemporalCluster implements AsyncDisposable {
  readonly address: string;
  readonly #programs: TemporalPrograms;
  readonly #directory: string;
  readonly #port: number;
  #process: Deno.ChildProcess | null = null;

  private constructor(programs: TemporalPrograms, directory: string, port: number) {
    this.#programs = programs;
    this.#directory = directory;
    this.#port = port;
    this.address = `127.0.0.1:${port}`;
  }

  /** Writes the schema, starts the server and makes namespace `default`. */
  static async start(
    programs: TemporalPrograms,
    database: Postgresql,
    directory: string,
  ): Promise<TemporalCluster> {
    const access = ["--plugin", "postgres12", "--ep", "127.0.0.1", "-u", "temporal"];
    for (const [name, schema] of Object.entries(DATABASES)) {
      const sql = (...args: readonly string[]) =>
        runProgram(programs.sql, [...access, "-p", String(database.port), "--db", name, ...args]);
      await sql("create-database");
      await sql("setup-schema", "-v", "0.0");
      await sql("update-schema", "--schema-name", `postgresql/v12/${schema}`);
    }
    await Deno.mkdir(directory, { recursive: true });
    const ports: number[] = [];
    while (ports.length < 8) ports.push(await freePort((ports.at(-1) ?? FIRST_PORT) + 1));
    const config = configure(database.port, ports);
    await Deno.writeTextFile(join(directory, "server.yaml"), JSON.stringify(config));
    const server = new TemporalCluster(programs, directory, ports[0]!);
    await server.restart();
    await server.#makeNamespace();
    return server;
  }

  /** Starts it again after it was killed. */
  async restart(): Promise<void> {
    this.#process = new Deno.Command(this.#programs.server, {
      args: ["--config-file", join(this.#directory, "server.yaml"), "--allow-no-auth", "start"],
      cwd: this.#directory,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    await until("the Temporal server", () => listens(this.#port));
  }

  /** Makes namespace `default`, as soon as the server's parts know each other. */
  async #makeNamespace(): Promise<void> {
    const day = 24 * 3600;
    await until("a namespace", async () => {
      try {
        const connection = await Connection.connect({ address: this.address });
        try {
          await connection.workflowService.registerNamespace({
            namespace: "default",
            workflowExecutionRetentionPeriod: { seconds: day as never }, // the generated type asks for a Long, which numbers become
          });
        } finally {
          await connection.close();
        }
        return true;
      } catch (error) {
        // A request that was not answered may have made it.
        return isGrpcServiceError(error) && error.code === ALREADY_EXISTS;
      }
    });
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    this.#process?.kill("SIGKILL");
    await this.#process?.status;
    this.#process = null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

/** The server's configuration, in the form of the one in its sources; YAML reads JSON. */
function configure(database: number, ports: readonly number[]): object {
  const store = (name: keyof typeof DATABASES) => ({
    sql: {
      pluginName: "postgres12",
      databaseName: name,
      connectAddr: `127.0.0.1:${database}`,
      connectProtocol: "tcp",
      user: "temporal",
      maxConns: 20,
      maxIdleConns: 20,
    },
  });
  const [frontend, history, matching, worker, ...memberships] = ports;
  const service = (grpcPort: number | undefined, index: number) => ({
    rpc: { grpcPort, membershipPort: memberships[index], bindOnLocalHost: true },
  });
  return {
    log: { stdout: true, level: "error" },
    persistence: {
      defaultStore: "default",
      visibilityStore: "visibility",
      numHistoryShards: 4,
      datastores: { default: store("temporal"), visibility: store("temporal_visibility") },
    },
    global: { membership: { maxJoinDuration: "30s", broadcastAddress: "127.0.0.1" } },
    services: {
      frontend: service(frontend, 0),
      history: service(history, 1),
      matching: service(matching, 2),
      worker: service(worker, 3),
    },
    clusterMetadata: {
      enableGlobalNamespace: false,
      failoverVersionIncrement: 10,
      masterClusterName: "active",
      currentClusterName: "active",
      clusterInformation: {
        active: {
          enabled: true,
          initialFailoverVersion: 1,
          rpcName: "frontend",
          rpcAddress: `127.0.0.1:${frontend}`,
        },
      },
    },
  };
}
