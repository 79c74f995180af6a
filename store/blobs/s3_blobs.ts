import { StoreAccessError } from "../../core/errors.ts";
import {
  type BlobRange,
  type Blobs,
  type ListedBlob,
  type PutOptions,
  requireKey,
} from "./blobs.ts";
import { type S3Answer, S3Client, type S3Limits, type S3Request } from "./s3_client.ts";
import { formatS3Place, type S3Place } from "./s3_place.ts";
import type { S3Settings } from "./s3_settings.ts";
import { elementText } from "./xml.ts";

/** Objects in a bucket of an S3 store, below a prefix. */
export class S3Blobs implements Blobs {
  readonly place: string;
  readonly #client: S3Client;
  readonly #bucket: string;
  /** Ends with a slash unless it is empty. */
  readonly #prefix: string;

  constructor(place: S3Place, settings: S3Settings, limits: S3Limits = {}) {
    this.place = formatS3Place(place);
    this.#client = new S3Client(settings, limits);
    this.#bucket = bucketUrl(place.bucket, settings);
    this.#prefix = place.prefix === "" ? "" : `${place.prefix}/`;
  }

  async get(key: string, range?: BlobRange): Promise<Uint8Array | null> {
    if (range !== undefined && isEmpty(range)) {
      return await this.head(key) === null ? null : new Uint8Array();
    }
    const headers: Record<string, string> = range === undefined
      ? {}
      : { range: rangeHeader(range) };
    const { status, body } = await this.#send("GET", "read", key, { headers });
    if (status === 416) return await this.head(key) === null ? null : new Uint8Array();
    if (status === 404) return null;
    // A store may give the whole where a part was asked for.
    return status === 206 || range === undefined ? body : cut(body, range);
  }

  async head(key: string): Promise<number | null> {
    const { status, headers } = await this.#send("HEAD", "look at", key);
    return status === 404 ? null : Number(headers.get("content-length"));
  }

  async put(
    key: string,
    data: Uint8Array,
    { ifAbsent = false }: PutOptions = {},
  ): Promise<boolean> {
    const headers: Record<string, string> = ifAbsent ? { "if-none-match": "*" } : {};
    const { status, isRepeated } = await this.#send("PUT", "write", key, { headers, body: data });
    if (status === 404) throw this.#unexpected("write", key, status);
    if (status !== 412) return true;
    // Where an earlier attempt was not answered, what is there may be our own.
    return isRepeated && await this.#holds(key, data);
  }

  async *list(prefix: string): AsyncIterable<ListedBlob> {
    let continuation: string | null = null;
    do {
      const query = new URLSearchParams({
        "list-type": "2",
        "encoding-type": "url",
        prefix: this.#prefix + prefix,
        ...(continuation === null ? {} : { "continuation-token": continuation }),
      });
      const answer: S3Answer = await this.#client.send({
        method: "GET",
        url: `${this.#bucket}/?${query}`,
        action: "list",
        place: this.place,
      });
      const text = new TextDecoder().decode(answer.body);
      if (answer.status !== 200) throw this.#unexpected("list", prefix, answer.status);
      for (const [, entry = ""] of text.matchAll(/<Contents>(.*?)<\/Contents>/gs)) {
        yield this.#listed(entry, prefix);
      }
      continuation = field(text, "NextContinuationToken");
    } while (continuation !== null);
  }

  async remove(key: string): Promise<void> {
    await this.#send("DELETE", "remove", key);
  }

  /** @throws {StoreAccessError} If a listing leaves the prefix */
  #listed(entry: string, prefix: string): ListedBlob {
    const key = decodeURIComponent((field(entry, "Key") ?? "").replaceAll("+", " "));
    const size = Number(field(entry, "Size"));
    if (key.startsWith(this.#prefix + prefix) && Number.isSafeInteger(size)) {
      return { key: key.slice(this.#prefix.length), size };
    }
    throw new StoreAccessError({
      action: "list",
      place: this.place,
      expected: "objects below the prefix",
      found: `"${key}"`,
      remedy: "look at the store: it does not do what was asked",
    });
  }

  async #holds(key: string, data: Uint8Array): Promise<boolean> {
    const stored = await this.get(key);
    return stored !== null && stored.length === data.length &&
      stored.every((byte, i) => byte === data[i]);
  }

  #send(
    method: S3Request["method"],
    action: string,
    key: string,
    rest: Pick<S3Request, "headers" | "body"> = {},
  ): Promise<S3Answer> {
    requireKey(key);
    const path = (this.#prefix + key).split("/").map(encodePart).join("/");
    const place = `${this.place}/${key}`;
    return this.#client.send({ method, url: `${this.#bucket}/${path}`, action, place, ...rest });
  }

  #unexpected(action: string, key: string, status: number): StoreAccessError {
    return new StoreAccessError({
      action,
      place: `${this.place}/${key}`,
      problem: `the store answered with status ${status}`,
      remedy: "check that the endpoint is an S3 store",
    });
  }
}

/** URL of a bucket: below the endpoint of a server of one's own, or as a host of Amazon's. */
function bucketUrl(bucket: string, { endpoint, region }: S3Settings): string {
  if (endpoint !== null) return `${endpoint}/${bucket}`;
  // A certificate for one level of names does not hold for a bucket with dots.
  return bucket.includes(".")
    ? `https://s3.${region}.amazonaws.com/${bucket}`
    : `https://${bucket}.s3.${region}.amazonaws.com`;
}

/** Whether a range has no bytes, which HTTP cannot ask for. */
function isEmpty(range: BlobRange): boolean {
  return "last" in range ? range.last === 0 : range.end <= range.first;
}

function rangeHeader(range: BlobRange): string {
  return "last" in range ? `bytes=-${range.last}` : `bytes=${range.first}-${range.end - 1}`;
}

function cut(bytes: Uint8Array, range: BlobRange): Uint8Array {
  if ("last" in range) return bytes.subarray(Math.max(0, bytes.length - range.last));
  return bytes.subarray(range.first, range.end);
}

/** Encodes one part of a path as signatures have it, which encode more than URLs must. */
function encodePart(part: string): string {
  return encodeURIComponent(part)
    .replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Text of the first element of a name in XML; null if there is none. */
function field(xml: string, name: string): string | null {
  const text = elementText(xml, name);
  if (text === null) return null;
  const named: Readonly<Record<string, string>> = {
    amp: "&",
    lt: "<",
    gt: ">",
    quot: '"',
    apos: "'",
  };
  return text.replaceAll(/&(\w+);/g, (whole, name) => named[name] ?? whole);
}
