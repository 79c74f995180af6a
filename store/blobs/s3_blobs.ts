import { randomUUID } from "node:crypto";
import { StoreAccessError } from "../../core/errors.ts";
import {
  type BlobRange,
  type Blobs,
  isKey,
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
import { elementContents, elementValue } from "./xml.ts";

/** Metadata of an object that names the write which left it. */
const WRITER = "x-amz-meta-sluice-write";

/** Bytes of the longest page of a listing: 1,000 keys of 1,024 bytes, encoded, and their dates. */
const MAX_PAGE = 2 ** 24;

/** Pages in a row without an object, as a store may send where much was removed. */
const MAX_EMPTY_PAGES = 1000;

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
    if (status === 404) {
      // It has no body that says whether the object is missing, or the bucket or the key.
      return await this.get(key, { first: 0, end: 1 }) === null ? null : await this.head(key);
    }
    const length = headers.get("content-length");
    if (length !== null) return Number(length);
    throw this.#unexpected("look at", key, "the store did not say how long it is");
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
    let continuation: string | null = null, empty = 0;
    do {
      const text: string = await this.#page(prefix, continuation);
      // Not every store encodes keys where it is asked to; one that does says so.
      const isEncoded = elementValue(text, "EncodingType") === "url";
      empty++;
      for (const entry of elementContents(text, "Contents")) {
        empty = 0;
        const name = elementValue(entry, "Key") ?? "";
        const blob = this.#listed(isEncoded ? decodeKey(name) : name, entry, prefix);
        if (blob !== null) yield blob;
      }
      const next: string | null = elementValue(text, "NextContinuationToken");
      if (next !== null && (next === continuation || empty > MAX_EMPTY_PAGES)) {
        throw this.#badListing("a list that ends", "the same page again and again");
      }
      continuation = next;
    } while (continuation !== null);
  }

  async #page(prefix: string, continuation: string | null): Promise<string> {
    const query = new URLSearchParams({
      "list-type": "2",
      "encoding-type": "url",
      prefix: this.#prefix + prefix,
      ...(continuation === null ? {} : { "continuation-token": continuation }),
    });
    const { status, body } = await this.#client.send({
      method: "GET",
      url: `${this.#bucket}/?${query}`,
      action: "list",
      place: this.place,
      most: MAX_PAGE,
    });
    if (status !== 200) throw this.#unexpected("list", prefix, status);
    return new TextDecoder().decode(body);
  }

  async remove(key: string): Promise<void> {
    await this.#send("DELETE", "remove", key);
  }

  /**
   * Returns an object of a listing; null for the mark of a folder, as web consoles create them.
   *
   * @param name Whole key; null if it is encoded wrongly
   * @throws {StoreAccessError} If it leaves the prefix, or no path of ours can have its name
   */
  #listed(name: string | null, entry: string, prefix: string): ListedBlob | null {
    const size = Number(elementValue(entry, "Size"));
    if (name === null || !name.startsWith(this.#prefix + prefix) || !Number.isSafeInteger(size)) {
      throw this.#badListing("objects below the prefix", `"${name ?? entry}"`);
    }
    const key = name.slice(this.#prefix.length);
    if (key === "" || key.endsWith("/") && size === 0) return null;
    if (isKey(key)) return { key, size };
    throw this.#badListing("objects with relative paths", `"${key}"`);
  }

  #badListing(expected: string, found: string): StoreAccessError {
    return new StoreAccessError({
      action: "list",
      place: this.place,
      expected,
      found,
      remedy: "look at what is there, or choose another prefix",
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

  #unexpected(action: string, key: string, found: number | string): StoreAccessError {
    return new StoreAccessError({
      action,
      place: `${this.place}/${key}`,
      problem: typeof found === "number" ? `the store answered with status ${found}` : found,
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

/** Decodes a key of a listing, null if it is not encoded as it should be. */
function decodeKey(key: string): string | null {
  try {
    return decodeURIComponent(key.replaceAll("+", " "));
  } catch {
    return null;
  }
}

/** Encodes one part of a path as signatures have it, which encode more than URLs must. */
function encodePart(part: string): string {
  return encodeURIComponent(part)
    .replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
