import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { AwsClient } from "aws4fetch";
import type { S3Settings } from "../../../store/blobs/s3_settings.ts";

/** A moto server, which answers as S3 does; it ends with the object. */
export class Moto implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly settings: S3Settings;

  private constructor(process: Deno.ChildProcess, endpoint: string) {
    this.#process = process;
    const credentials = { accessKeyId: "testing", secretAccessKey: "testing" };
    this.settings = { endpoint, region: "us-east-1", credentials };
  }

  static async start(python: string): Promise<Moto> {
    const port = await freePort();
    const process = new Deno.Command(python, {
      args: ["-m", "moto.server", "-H", "127.0.0.1", "-p", String(port)],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const moto = new Moto(process, `http://127.0.0.1:${port}`);
    const ended = process.status.then(() => true);
    for (;;) {
      const answered = await fetch(moto.settings.endpoint!)
        .then(async (response) => (await response.body?.cancel(), true), () => false);
      if (answered) return moto;
      const moment = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 50));
      if (await Promise.race([ended, moment])) throw new Error("moto ended at its start");
    }
  }

  /** Makes a bucket. */
  async createBucket(name: string): Promise<void> {
    const { endpoint, credentials } = this.settings;
    if ("role" in credentials) throw new TypeError("expected keys");
    const client = new AwsClient({ ...credentials, service: "s3", region: "us-east-1" });
    const response = await client.fetch(`${endpoint}/${name}`, { method: "PUT" });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`moto answered ${response.status}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill();
    await this.#process.status;
  }
}

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo; // it listens on a port
      server.close(() => resolve(port));
    });
  });
}
