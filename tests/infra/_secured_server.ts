import { type ClientHttp2Session, connect, createSecureServer } from "node:http2";
import type {
  Http2SecureServer,
  Http2Stream,
  IncomingHttpHeaders,
  ServerHttp2Stream,
} from "node:http2";
import { join } from "node:path";
import { hasProgram } from "./_programs.ts";

/** PEM files of a certificate authority, of a server and of two clients, one of them unknown to it. */
export interface Certificates {
  readonly directory: string;
}

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

export interface SecuredServerOptions {
  readonly certificates: Certificates;
  /** `host:port` of the server behind it. */
  readonly target: string;
  /** Demands a client certificate of its authority. */
  readonly demandsCertificate?: boolean;
  /** Demands this API key. */
  readonly apiKey?: string;
}

/** `UNAUTHENTICATED` of gRPC. */
const UNAUTHENTICATED = "16";

/** A TLS proxy in front of a Temporal server, which demands what a server of a company demands. */
export class SecuredServer implements AsyncDisposable {
  readonly #server: Http2SecureServer;
  readonly #upstream: ClientHttp2Session;
  readonly #apiKey: string | undefined;
  /** Calls that reached the server behind it. */
  passed = 0;

  private constructor({ certificates, target, demandsCertificate, apiKey }: SecuredServerOptions) {
    const pem = (name: string) => Deno.readTextFileSync(join(certificates.directory, name));
    this.#apiKey = apiKey;
    this.#upstream = connect(`http://${target}`);
    this.#upstream.on("error", () => {});
    this.#server = createSecureServer({
      key: pem("server.key"),
      cert: pem("server.pem"),
      ...(demandsCertificate === true
        ? { ca: pem("authority.pem"), requestCert: true, rejectUnauthorized: true }
        : {}),
    });
    this.#server.on("sessionError", () => {});
    this.#server.on("stream", (stream, headers) => {
      if (isServerStream(stream)) this.#pass(stream, headers);
    });
  }

  static async open(options: SecuredServerOptions): Promise<SecuredServer> {
    const server = new SecuredServer(options);
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("it does not listen");
    return address.port;
  }

  #pass(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    stream.on("error", () => {});
    if (stream.destroyed) return;
    if (this.#apiKey !== undefined && headers["authorization"] !== `Bearer ${this.#apiKey}`) {
      const status = { "grpc-status": UNAUTHENTICATED, "grpc-message": "Request unauthorized." };
      stream.respond({ ":status": 200, "content-type": "application/grpc", ...status }, {
        endStream: true,
      });
      return;
    }
    this.passed++;
    const call = this.#upstream.request({ ...headers });
    let trailers: IncomingHttpHeaders = {};
    call.on("error", () => stream.close());
    call.on("response", (answer) => {
      if (stream.destroyed) return call.close(); // the client has given up
      stream.respond(answer, { waitForTrailers: true });
      call.pipe(stream); // not before: data would bring headers of their own
    });
    call.on("trailers", (given) => trailers = given);
    stream.on("wantTrailers", () => {
      if (!stream.destroyed) stream.sendTrailers(trailers);
    });
    stream.on("close", () => call.close());
    stream.pipe(call);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#upstream.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

/** The server gives no other; its types do not say so. */
function isServerStream(stream: Http2Stream): stream is ServerHttp2Stream {
  return "respond" in stream;
}
