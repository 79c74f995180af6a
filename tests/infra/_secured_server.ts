import { join } from "node:path";
import { TextLineStream } from "@std/streams";
import { hasProgram } from "./_programs.ts";
import {
  type Certificates,
  PASSED,
  type ProxySettings,
  type SecuredServerOptions,
} from "./_secured_proxy.ts";

/** Whether OpenSSL is there, which makes certificates. */
export const OPENSSL = await hasProgram("openssl", "version");

async function openssl(cwd: string, args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("openssl", { args: [...args], cwd }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

/** Makes an authority `name.pem`. */
async function makeAuthority(directory: string, name: string): Promise<void> {
  await openssl(directory, [
    ...["req", "-x509", ...NEW_KEY, "-days", "30", "-subj", `/CN=${name}`],
    ...["-keyout", `${name}.key`, "-out", `${name}.pem`],
  ]);
}

/** Makes a certificate `name.pem` that an authority signed. */
async function makeCertificate(directory: string, name: string, authority: string): Promise<void> {
  await openssl(directory, [
    ...["req", ...NEW_KEY, "-subj", `/CN=${name}`, "-keyout", `${name}.key`],
    ...["-out", `${name}.csr`],
  ]);
  Deno.writeTextFileSync(
    join(directory, "names"),
    "subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth,clientAuth\n",
  );
  await openssl(directory, [
    ...["x509", "-req", "-in", `${name}.csr`, "-days", "30", "-extfile", "names"],
    ...["-CA", `${authority}.pem`, "-CAkey", `${authority}.key`, "-CAcreateserial"],
    ...["-out", `${name}.pem`],
  ]);
}

/** Makes `authority`, `server`, `client`, and `stranger`, whom another authority signed. */
export async function makeCertificates(directory: string): Promise<Certificates> {
  await makeAuthority(directory, "authority");
  await makeAuthority(directory, "others");
  await makeCertificate(directory, "server", "authority");
  await makeCertificate(directory, "client", "authority");
  await makeCertificate(directory, "stranger", "others");
  return { directory };
}

/**
 * A TLS proxy in front of a Temporal server, which demands what a server of a company demands. It is
 * a process of its own, started again on the same port if it ends.
 */
export class SecuredServer implements AsyncDisposable {
  readonly #options: SecuredServerOptions;
  readonly #passed = Promise.withResolvers<void>();
  #port = 0;
  #process: Deno.ChildProcess;
  #lines: Promise<void>;
  #isOver = false;

  private constructor(options: SecuredServerOptions, onListening: () => void) {
    this.#options = options;
    this.#process = this.#start();
    this.#lines = this.#follow(onListening);
  }

  static async open(options: SecuredServerOptions): Promise<SecuredServer> {
    const listening = Promise.withResolvers<void>();
    const server = new SecuredServer(options, listening.resolve);
    await Promise.race([listening.promise, server.#lines]);
    return server;
  }

  get port(): number {
    return this.#port;
  }

  /** Resolves once a call has reached the server behind it. */
  get passed(): Promise<void> {
    return this.#passed.promise;
  }

  #start(): Deno.ChildProcess {
    const settings: ProxySettings = { ...this.#options, port: this.#port };
    const program = new URL("./_secured_proxy.ts", import.meta.url).pathname;
    const permissions = ["--allow-read", "--allow-net", "--allow-env", "--allow-sys"];
    return new Deno.Command(Deno.execPath(), {
      args: ["run", ...permissions, program, JSON.stringify(settings)],
      stdout: "piped",
      stderr: "null",
    }).spawn();
  }

  async #follow(onListening: () => void): Promise<void> {
    for (;;) {
      const { stdout } = this.#process;
      for await (
        const line of stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream())
      ) {
        if (line === PASSED) this.#passed.resolve();
        else {
          this.#port = Number(line);
          onListening();
        }
      }
      await this.#process.status;
      if (this.#isOver) return;
      if (this.#port === 0) throw new Error("Cannot start the proxy: it ended before it listened");
      this.#process = this.#start();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    try {
      this.#process.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it has ended already
    }
    await this.#lines;
  }
}
