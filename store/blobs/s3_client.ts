import { AwsClient } from "aws4fetch";
import { setTimeout as sleep } from "node:timers/promises";
import { Pace } from "./pace.ts";
import { monotonicMs } from "../../core/monotonic.ts";
import { createRandom } from "../../core/random.ts";
import { hashOf } from "../files/commit.ts";
import { SluiceError, StoreAccessError, TransientStoreError } from "../../core/errors.ts";
import { readAnswer } from "./read_answer.ts";
import { isPassing, parseRefusal, refusalError, type S3Refusal } from "./s3_errors.ts";
import type { S3Settings } from "./s3_settings.ts";
import { assumeRole } from "./web_identity.ts";

/** One request. */
export interface S3Request {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  /** Absolute. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Largest body of an answer in bytes; {@linkcode MAX_OBJECT} if absent. */
  readonly most?: number;
  /** Names the request in messages: `read`, and what. */
  readonly action: string;
  readonly place: string;
}

/** Answer to a request: one that succeeded, or a refusal that is no fault. */
export interface S3Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** Limits of a client; tests shorten them. */
export interface S3Limits {
  /** Attempts of a request before it fails. */
  readonly attempts?: number;
  /** Wait before the second attempt, which doubles then (ms). */
  readonly firstWait?: number;
  /** Time without a byte after which an attempt is given up (ms). */
  readonly idle?: number;
  /** Rate below which an attempt is given up that takes longer than three times `idle` (bytes/s). */
  readonly slowest?: number;
  /** Largest object that is sent whole, and size of the parts of a larger one (bytes). */
  readonly partBytes?: number;
}

export const DEFAULT_LIMITS = {
  // They wait 6 seconds in all: as long as a store takes to restart or to spread its load.
  attempts: 6,
  firstWait: 200,
  idle: 20_000,
  slowest: 50_000,
  partBytes: 16 << 20,
} as const;

/** Statuses that are answers: done, part of an object, not there, condition not met. */
const ANSWERS: readonly number[] = [200, 204, 206, 404, 412, 416];

/** Bytes of the largest object that is read at once: a file of a packed shard is no longer. */
const MAX_OBJECT = 2 ** 32;

/** Bytes of the longest answer that does not say how long it is: S3 does, for objects. */
const MAX_UNTOLD = 2 ** 26;

/** Bytes that are read of a refusal. */
const MAX_REFUSAL = 2 ** 16;

/** Seconds before their end at which temporary credentials are replaced. */
const RENEWAL = 300;

/**
 * Sends signed requests to an S3 store, again where the store or the network failed. A body is
 * whole, or the attempt counts as failed.
 */
export class S3Client {
  readonly #settings: S3Settings;
  readonly #limits: Required<S3Limits>;
  #signer: { readonly client: AwsClient; readonly until: number } | null = null;

  constructor(settings: S3Settings, limits: S3Limits = {}) {
    this.#settings = settings;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
  }

  /**
   * @throws {InvalidInputError} If bucket, region or credentials are wrong
   * @throws {StoreAccessError} If the store refuses it
   * @throws {TransientStoreError} If all attempts failed
   */
  async send(request: S3Request): Promise<S3Answer> {
    const { attempts, firstWait } = this.#limits;
    let failure = "";
    for (let attempt = 0; attempt < attempts; attempt++) {
      if (attempt > 0) await sleep(waitOf(request.url, attempt) * firstWait);
      const answer = await this.#attempt(request);
      if (typeof answer !== "string") {
        if (!("code" in answer)) return answer;
        if (!isPassing(answer)) throw refusalError(answer, request.action, request.place);
        failure = `status ${answer.status} ${answer.code}`.trim();
      } else failure = answer;
    }
    throw new TransientStoreError({
      action: request.action,
      place: request.place,
      expected: "an answer of the store",
      found: `${failure} in each of ${attempts} attempts`,
      remedy: "look at the store and the network, and run again; what is committed stays",
    });
  }

  /** Returns the answer, a refusal, or what failed on the way. */
  async #attempt(request: S3Request): Promise<S3Answer | S3Refusal | string> {
    const { method, url, headers = {}, body } = request;
    const client = await this.#client();
    const pace = new Pace(this.#limits, body?.length ?? 0);
    try {
      const signed = await client.sign(url, {
        method,
        headers: { ...headers, "x-amz-content-sha256": hashOf(body ?? "") },
        ...(body === undefined ? {} : { body: Uint8Array.from(body) }),
      });
      const response = await fetch(signed, { signal: pace.signal, redirect: "manual" });
      const length = response.headers.get("content-length");
      const longest = request.most ?? MAX_OBJECT;
      if (method !== "HEAD" && response.ok && Number(length) > longest) {
        await response.body?.cancel();
        throw tooLong(request, longest);
      }
      const most = limitOf(response, longest);
      const bytes = await readAnswer(response, most, (count) => pace.received(count));
      if (ANSWERS.includes(response.status) && !isRefusal(request, response.status, bytes)) {
        if (bytes.length > most) throw tooLong(request, most);
        const isWhole = method === "HEAD" || length === null || Number(length) === bytes.length;
        if (!isWhole) return `${bytes.length} of ${length} bytes`;
        return { status: response.status, headers: response.headers, body: bytes };
      }
      return parseRefusal(response.status, new TextDecoder().decode(bytes));
    } catch (error) {
      if (error instanceof SluiceError) throw error;
      return pace.fault ?? "a connection that broke, or was refused";
    } finally {
      pace.end();
    }
  }

  async #client(): Promise<AwsClient> {
    const { credentials, region } = this.#settings, now = monotonicMs() / 1000;
    if (this.#signer !== null && now < this.#signer.until - RENEWAL) return this.#signer.client;
    const { keys, seconds } = "role" in credentials
      ? await assumeRole(credentials, this.#limits.idle)
      : { keys: credentials, seconds: Infinity };
    const client = new AwsClient({ ...keys, region, service: "s3", retries: 0 });
    this.#signer = { client, until: now + seconds };
    return client;
  }
}

/** Codes of 404 for an object or an upload that is not there. */
const ABSENT: readonly string[] = ["", "NoSuchKey", "NotFound", "NoSuchUpload"];

/**
 * A missing bucket, or an access key that nobody has, is no missing object, though some stores answer
 * all of them with 404; and what takes a store long, such as joining parts, it answers with 200
 * before it knows that it fails.
 */
function isRefusal({ method }: S3Request, status: number, body: Uint8Array): boolean {
  const text = () => new TextDecoder().decode(body);
  if (status === 404) return !ABSENT.includes(parseRefusal(status, text()).code);
  return status === 200 && method === "POST" && text().includes("<Error>");
}

/** Factor of the first wait: doubling, and by up to a half different for each object. */
function waitOf(url: string, attempt: number): number {
  return 2 ** (attempt - 1) * createRandom(attempt, url, 0).uniform(0.75, 1.25);
}

/** Returns how many bytes of an answer are read: not more than it says, and less of a refusal. */
function limitOf({ ok, headers }: Response, most: number): number {
  if (!ok) return MAX_REFUSAL;
  const told = headers.get("content-length");
  return Math.min(most, told === null ? MAX_UNTOLD : Number(told));
}

function tooLong({ action, place }: S3Request, most: number): StoreAccessError {
  return new StoreAccessError({
    action,
    place,
    expected: `an answer of at most ${most} bytes`,
    found: "a longer one",
    remedy: "check that the endpoint is an S3 store",
  });
}
