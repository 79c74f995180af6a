import { randomUUID } from "node:crypto";
import { StoreAccessError } from "../../core/errors.ts";
import {
  type BlobRange,
  type Blobs,
  type ListedBlob,
  type PutOptions,
  requireKey,
} from "./blobs.ts";
import {
  DEFAULT_LIMITS,
  type S3Answer,
  S3Client,
  type S3Limits,
  type S3Request,
} from "./s3_client.ts";
import { type PartsOptions, putInParts } from "./s3_multipart.ts";
import { formatS3Place, type S3Place } from "./s3_place.ts";
import type { S3Settings } from "./s3_settings.ts";
import { elementValue } from "./xml.ts";

/** Metadata of an object that names the write which left it. */
const WRITER = "x-amz-meta-sluice-write";

/** Objects in a bucket of an S3 store, below a prefix. */
export class S3Blobs implements Blobs {
  readonly place: string;
  readonly #client: S3Client;
  readonly #bucket: string;
  /** Size of a part of a larger object. */
  readonly #partBytes: number;
  /** Ends with a slash unless it is empty. */
  readonly #prefix: string;

  constructor(place: S3Place, settings: S3Settings, limits: S3Limits = {}) {
    this.place = formatS3Place(place);
    this.#client = new S3Client(settings, limits);
    this.#bucket = bucketUrl(place.bucket, settings);
    this.#partBytes = limits.partBytes ?? DEFAULT_LIMITS.partBytes;
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
    if (status !== 404) return Number(headers.get("content-length"));
    // It has no body that says whether the object is missing, or the bucket or the key.
    return await this.get(key, { first: 0, end: 1 }) === null ? null : await this.head(key);
  }

  async put(
    key: string,
    data: Uint8Array,
    { ifAbsent = false }: PutOptions = {},
  ): Promise<boolean> {
    const isLarge = data.length > this.#partBytes;
    if (isLarge && ifAbsent && await this.head(key) !== null) return false;
    const condition: Record<string, string> = ifAbsent ? { "if-none-match": "*" } : {};
    const writer = { [WRITER]: randomUUID() };
    const { status } = isLarge
      ? await this.#putInParts(key, data, { condition, writer })
      : await this.#send("PUT", "write", key, { headers: { ...condition, ...writer }, body: data });
    if (status === 200) return true;
    // An attempt whose answer was lost, or that fetch() repeated by itself, may have succeeded.
    if (await this.#isBy(key, writer[WRITER]!)) return true;
    if (status === 412) return false;
    throw this.#unexpected("write", key, status);
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
      // Not every store encodes keys where it is asked to; one that does says so.
      const isEncoded = elementValue(text, "EncodingType") === "url";
      for (const [, entry = ""] of text.matchAll(/<Contents>(.*?)<\/Contents>/gs)) {
        const name = elementValue(entry, "Key") ?? "";
        yield this.#listed(isEncoded ? decodeKey(name) : name, entry, prefix);
      }
      continuation = elementValue(text, "NextContinuationToken");
    } while (continuation !== null);
  }

  async remove(key: string): Promise<void> {
    await this.#send("DELETE", "remove", key);
  }

  /** @throws {StoreAccessError} If a listing leaves the prefix */
  #listed(key: string, entry: string, prefix: string): ListedBlob {
    const size = Number(elementValue(entry, "Size"));
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

  #putInParts(
    key: string,
    data: Uint8Array,
    headers: Pick<PartsOptions, "condition" | "writer">,
  ): Promise<S3Answer> {
    return putInParts((method, request) => this.#send(method, "write", key, request), data, {
      place: `${this.place}/${key}`,
      partBytes: this.#partBytes,
      ...headers,
    });
  }

  /** Whether an object is what one write left. */
  async #isBy(key: string, writer: string): Promise<boolean> {
    const { status, headers } = await this.#send("HEAD", "look at", key);
    return status === 200 && headers.get(WRITER) === writer;
  }

  #send(
    method: S3Request["method"],
    action: string,
    key: string,
    { query, ...rest }: Pick<S3Request, "headers" | "body"> & { readonly query?: string } = {},
  ): Promise<S3Answer> {
    requireKey(key);
    const path = (this.#prefix + key).split("/").map(encodePart).join("/");
    const url = `${this.#bucket}/${path}${query === undefined ? "" : `?${query}`}`;
    return this.#client.send({ method, url, action, place: `${this.place}/${key}`, ...rest });
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

/** Decodes a key of a listing; one that is not encoded well stays as it is, and is refused. */
function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll("+", " "));
  } catch {
    return key;
  }
}

/** Encodes one part of a path as signatures have it, which encode more than URLs must. */
function encodePart(part: string): string {
  return encodeURIComponent(part)
    .replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
