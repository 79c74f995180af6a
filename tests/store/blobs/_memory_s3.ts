import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { bytesOf } from "./_fault_proxy.ts";
import type { S3Settings } from "../../../store/blobs/s3_settings.ts";

/**
 * What an S3 store may do to a request: refuse it, break off, carry it out and not answer, send half
 * of an object, or send it and then nothing more, or a byte now and then.
 */
export type Fault = "503" | "broken" | "unanswered" | "truncated" | "stuck" | "trickle" | Refusal;

/** A refusal with a body as S3 has it. */
export interface Refusal {
  readonly status: number;
  readonly body: string;
}

/** A refusal by one of S3's codes. @param more Further elements of its body */
export function refusal(status: number, code: string, more = ""): Refusal {
  return { status, body: `<Error><Code>${code}</Code><Message>no</Message>${more}</Error>` };
}

/** What `RequestTimeTooSkewed` tells of a clock that is 20 minutes behind. */
export const BEHIND = "<RequestTime>20261129T120000Z</RequestTime>" +
  "<ServerTime>2026-11-29T12:20:00Z</ServerTime>";

export interface MemoryS3Options {
  /** Whether If-None-Match is honoured. */
  readonly conditional?: boolean;
}

const WRITER = "x-amz-meta-sluice-write";

/** The few requests of S3 that Sluice sends, answered from memory, with faults in their turn. */
export class MemoryS3 implements AsyncDisposable {
  readonly objects = new Map<string, Uint8Array>();
  /** Faults of the next requests; null for none. */
  faults: (Fault | null)[] = [];
  /** Method and path of every request. */
  readonly requests: string[] = [];
  /** The signature of every request. */
  readonly authorizations: string[] = [];
  /** Parts of uploads that are not completed, by upload. */
  readonly uploads = new Map<string, Map<number, Uint8Array>>();
  /** Names of the writes that left objects, or began uploads. */
  readonly #writers = new Map<string, string>();
  #uploadsBegun = 0;
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
    if (fault === "503") return refuse(response, 503, "SlowDown");
    if (typeof fault === "object" && fault !== null) {
      return response.writeHead(fault.status).end(fault.body);
    }
    const key = decodeURIComponent(url.pathname).split("/").slice(2).join("/");
    const stored = this.objects.get(key), upload = url.searchParams.get("uploadId");
    const headers = request.headers as Readonly<Record<string, string | undefined>>; // of ours, none is there twice
    if (upload !== null && !this.uploads.has(upload)) return refuse(response, 404, "NoSuchUpload");
    switch (request.method) {
      case "POST":
      case "PUT":
        if (conditional && headers["if-none-match"] === "*" && stored !== undefined) {
          return refuse(response, 412, "PreconditionFailed");
        } else {
          const text = this.#write(key, { query: url.searchParams, body, writer: headers[WRITER] });
          return fault === "unanswered"
            ? response.destroy()
            : response.writeHead(200, { etag: '"e-1"' }).end(text);
        }
      case "DELETE":
        if (upload === null) this.objects.delete(key);
        else this.uploads.delete(upload);
        return response.writeHead(204).end();
      case "HEAD":
        return stored === undefined ? response.writeHead(404).end() : response.writeHead(200, {
          "content-length": stored.length,
          [WRITER]: this.#writers.get(key) ?? "",
        }).end();
      default:
        if (key === "") return response.end(this.#list(url.searchParams));
        if (stored === undefined) return refuse(response, 404, "NoSuchKey");
        return send(stored, { fault, range: headers["range"], response });
    }
  }

  /** Writes an object or a part, begins an upload or joins its parts. @returns The answer */
  #write(
    key: string,
    { query, body, writer = "" }: {
      readonly query: URLSearchParams;
      readonly body: Uint8Array;
      readonly writer: string | undefined;
    },
  ): string {
    const id = query.get("uploadId"), part = query.get("partNumber");
    if (query.has("uploads")) {
      const begun = `${++this.#uploadsBegun}&`; // a character that documents name
      this.uploads.set(begun, new Map());
      this.#writers.set(begun, writer);
      return `<R><UploadId>${begun.replace("&", "&amp;")}</UploadId></R>`;
    }
    if (id !== null && part !== null) {
      this.uploads.get(id)!.set(Number(part), body);
      return "";
    }
    this.objects.set(key, id === null ? body : joinParts(this.uploads.get(id)!, body));
    this.#writers.set(key, id === null ? writer : this.#writers.get(id)!);
    if (id !== null) this.uploads.delete(id);
    return "";
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
    const encoding = "<EncodingType>url</EncodingType>";
    return `<ListBucketResult>${encoding}${entries.join("")}${next}</ListBucketResult>`;
  }
}

/** Joins the parts that a document names, in its order. */
function joinParts(parts: ReadonlyMap<number, Uint8Array>, document: Uint8Array): Uint8Array {
  const named = new TextDecoder().decode(document).matchAll(/<PartNumber>(\d+)</g);
  return Uint8Array.from([...named].flatMap(([, number]) => [...parts.get(Number(number))!]));
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status).end(`<Error><Code>${code}</Code></Error>`);
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
  if (fault !== "truncated" && fault !== "stuck" && fault !== "trickle") {
    response.end(part);
    return;
  }
  if (fault === "trickle") {
    let sent = 0;
    const timer = setInterval(() => response.write(part.subarray(sent, ++sent)), 20);
    response.on("close", () => clearInterval(timer));
    return;
  }
  response.write(part.subarray(0, part.length / 2), () => {
    if (fault === "truncated") response.destroy();
  });
}
