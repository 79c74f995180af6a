import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { S3Settings } from "../../../store/blobs/s3_settings.ts";

/**
 * What an S3 store may do to a request: refuse it, break off, carry it out and not answer, send half
 * of an object, or send it and then nothing more.
 */
export type Fault = "503" | "broken" | "unanswered" | "truncated" | "stuck" | Refusal;

/** A refusal with a body as S3 has it. */
export interface Refusal {
  readonly status: number;
  readonly body: string;
}

export interface MemoryS3Options {
  /** Whether If-None-Match is honoured. */
  readonly conditional?: boolean;
}

/** The few requests of S3 that Sluice sends, answered from memory, with faults in their turn. */
export class MemoryS3 implements AsyncDisposable {
  readonly objects = new Map<string, Uint8Array>();
  /** Faults of the next requests; null for none. */
  faults: (Fault | null)[] = [];
  /** Method and path of every request. */
  readonly requests: string[] = [];
  /** The signature of every request. */
  readonly authorizations: string[] = [];
  readonly #server;

  private constructor({ conditional = true }: MemoryS3Options) {
    this.#server = createServer((request, response) => {
      this.#handle(request, response, conditional).catch(() => response.destroy());
    });
  }

  static async start(options: MemoryS3Options = {}): Promise<MemoryS3> {
    const store = new MemoryS3(options);
    await new Promise<void>((resolve) => store.#server.listen(0, "127.0.0.1", resolve));
    return store;
  }

  get settings(): S3Settings {
    const { port } = this.#server.address() as AddressInfo; // it listens on a port
    const credentials = { accessKeyId: "key", secretAccessKey: "secret" };
    return { endpoint: `http://127.0.0.1:${port}`, region: "us-east-1", credentials };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #handle(request: IncomingMessage, response: ServerResponse, conditional: boolean) {
    const url = new URL(request.url!, "http://store");
    this.requests.push(`${request.method} ${url.pathname}`);
    this.authorizations.push(request.headers.authorization ?? "");
    const fault = this.faults.shift() ?? null;
    const body = await bytesOf(request);
    if (fault === "broken") return response.destroy();
    if (fault === "503") return response.writeHead(503).end("<Error><Code>SlowDown</Code></Error>");
    if (typeof fault === "object" && fault !== null) {
      return response.writeHead(fault.status).end(fault.body);
    }
    const key = decodeURIComponent(url.pathname).split("/").slice(2).join("/");
    const stored = this.objects.get(key);
    switch (request.method) {
      case "PUT":
        if (conditional && request.headers["if-none-match"] === "*" && stored !== undefined) {
          return response.writeHead(412).end("<Error><Code>PreconditionFailed</Code></Error>");
        }
        this.objects.set(key, body);
        return fault === "unanswered" ? response.destroy() : response.end();
      case "DELETE":
        this.objects.delete(key);
        return response.writeHead(204).end();
      case "HEAD":
        return stored === undefined
          ? response.writeHead(404).end()
          : response.writeHead(200, { "content-length": stored.length }).end();
      default:
        if (key === "") return response.end(this.#list(url.searchParams));
        if (stored === undefined) {
          return response.writeHead(404).end("<Error><Code>NoSuchKey</Code></Error>");
        }
        return send(stored, { fault, range: request.headers.range, response });
    }
  }

  /** Two objects a page. */
  #list(query: URLSearchParams): string {
    const after = query.get("continuation-token") ?? "";
    const keys = [...this.objects.keys()].sort()
      .filter((key) => key.startsWith(query.get("prefix")!) && key > after);
    const entries = keys.slice(0, 2).map((key) =>
      `<Contents><Key>${encodeURIComponent(key)}</Key><Size>${
        this.objects.get(key)!.length
      }</Size></Contents>`
    );
    const next = keys.length > 2 ? `<NextContinuationToken>${keys[1]}</NextContinuationToken>` : "";
    return `<ListBucketResult>${entries.join("")}${next}</ListBucketResult>`;
  }
}

function send(
  stored: Uint8Array,
  { fault, range, response }: {
    readonly fault: Fault | null;
    readonly range: string | undefined;
    readonly response: ServerResponse;
  },
): void {
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(range ?? "") ?? [];
  const from = first === "" ? Math.max(0, stored.length - Number(last)) : Number(first);
  const part = range === undefined
    ? stored
    : stored.subarray(from, first === "" ? undefined : Number(last) + 1);
  if (range !== undefined && part.length === 0) {
    response.writeHead(416).end();
    return;
  }
  response.writeHead(range === undefined ? 200 : 206, { "content-length": part.length });
  if (fault !== "truncated" && fault !== "stuck") {
    response.end(part);
    return;
  }
  response.write(part.subarray(0, part.length / 2), () => {
    if (fault === "truncated") response.destroy();
  });
}

async function bytesOf(request: IncomingMessage): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of request) parts.push(part);
  return new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer());
}
