import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { AwsClient } from "aws4fetch";
import { freePort } from "../../infra/_server_programs.ts";
import type { S3Credentials, S3Settings } from "../../../store/blobs/s3_settings.ts";

/** Program that serves S3. */
interface S3Program {
  readonly command: string;
  /** Its arguments where it listens on a port of this machine. */
  readonly args: (port: number) => readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Keys that the servers know, or take as any others. */
const CREDENTIALS: S3Credentials = { accessKeyId: "testing", secretAccessKey: "testing-secret" };

const MOTO = fileURLToPath(new URL("moto_in_order.py", import.meta.url));

/** A server that answers as S3 does; it ends with the object. */
export class S3Server implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly settings: S3Settings;

  private constructor(process: Deno.ChildProcess, endpoint: string) {
    this.#process = process;
    this.settings = { endpoint, region: "us-east-1", credentials: CREDENTIALS };
  }

  /** Starts moto, which keeps objects in memory and checks no signature. */
  static startMoto(python: string): Promise<S3Server> {
    return S3Server.#start({
      command: python,
      args: (port) => [MOTO, String(port)],
    });
  }

  /**
   * Starts versitygw, which keeps objects as files.
   *
   * @param directory Must exist; buckets are `buckets/NAME`, each object a file of its key below
   */
  static async startVersitygw(executable: string, directory: string): Promise<S3Server> {
    const buckets = join(directory, "buckets"), attributes = join(directory, "attributes");
    await Deno.mkdir(buckets, { recursive: true });
    await Deno.mkdir(attributes, { recursive: true });
    return S3Server.#start({
      command: executable,
      // Not every file system has extended attributes.
      args: (port) => [
        "--quiet",
        "--port",
        `127.0.0.1:${port}`,
        "posix",
        "--sidecar",
        attributes,
        buckets,
      ],
      env: {
        ROOT_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
        ROOT_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      },
    });
  }

  static async #start({ command, args, env = {} }: S3Program): Promise<S3Server> {
    const port = await freePort();
    const process = new Deno.Command(command, {
      args: [...args(port)],
      env: { ...env },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const server = new S3Server(process, `http://127.0.0.1:${port}`);
    const ended = process.status.then(() => true);
    for (;;) {
      const answered = await fetch(server.settings.endpoint!)
        .then(async (response) => (await response.body?.cancel(), true), () => false);
      if (answered) return server;
      const moment = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 50));
      if (await Promise.race([ended, moment])) throw new Error(`${command} ended at its start`);
    }
  }

  /** Process of the server. */
  get pid(): number {
    return this.#process.pid;
  }

  /** Makes a bucket. */
  async createBucket(name: string): Promise<void> {
    const client = new AwsClient({ ...CREDENTIALS, service: "s3", region: "us-east-1" });
    const response = await client.fetch(`${this.settings.endpoint}/${name}`, { method: "PUT" });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`the store answered ${response.status}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill();
    await this.#process.status;
  }
}
