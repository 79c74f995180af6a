/**
 * The process of a `SecuredServer`: Deno's HTTP/2 client can abort a process when a connection ends at
 * the wrong moment, which must not be that of a test.
 */
import { type ClientHttp2Session, connect, createSecureServer } from "node:http2";
import type {
  Http2SecureServer,
  Http2Stream,
  IncomingHttpHeaders,
  ServerHttp2Stream,
} from "node:http2";
import { join } from "node:path";

/** PEM files of a certificate authority, of a server and of two clients, one of them unknown to it. */
export interface Certificates {
  readonly directory: string;
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

/** Line that says that a call reached the server behind the proxy. */
export const PASSED = "passed";

/** What the process is told, as JSON in its only argument. */
export interface ProxySettings extends SecuredServerOptions {
  /** Port to listen on; any if 0. It is the first line that the process writes. */
  readonly port: number;
}

/** `UNAUTHENTICATED` of gRPC. */
const UNAUTHENTICATED = "16";

/** The proxy itself. */
class SecuredProxy {
  readonly #server: Http2SecureServer;
  readonly #upstream: ClientHttp2Session;
  readonly #apiKey: string | undefined;

  constructor({ certificates, target, demandsCertificate, apiKey }: SecuredServerOptions) {
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

  /** Listens on a port, or on any if that is 0. @returns The port */
  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
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
    console.log(PASSED);
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
}

/** The server gives no other; its types do not say so. */
function isServerStream(stream: Http2Stream): stream is ServerHttp2Stream {
  return "respond" in stream;
}

if (import.meta.main) {
  const settings: ProxySettings = JSON.parse(Deno.args[0]!); // as SecuredServer gave it
  console.log(await new SecuredProxy(settings).listen(settings.port));
}
