import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { existsSync, lstatSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Payload, PayloadCodec } from "@temporalio/common";
import { z } from "zod";
import { DamagedStoreError } from "../../core/errors.ts";
import { writePrivateFile } from "../private_file.ts";

/**
 * Stores large payloads in the data directory. Temporal rejects payloads of more than 2 MiB and
 * answers of more than 4 MiB, and a plan with many variants comes near. A large payload is kept
 * under its digest, and only that passes through the server.
 */

/**
 * Bytes above which a payload is stored outside the server: a page of a history has several of
 * them.
 */
const LARGE = 256 * 1024;

/** Maximum size of a payload (bytes). */
const MOST = 256 * 1024 * 1024;

/** Value in the metadata of a payload that is stored elsewhere. */
const STORED = "sluice/stored";

/** Directory of large payloads in a data root. */
export const PAYLOADS = "temporal/payloads";

/** Codec by which clients and workers of a data root pass large payloads. */
export class StoredPayloads implements PayloadCodec {
  readonly #directory: string;

  /** @param root Absolute path of the data root */
  constructor(root: string) {
    this.#directory = join(root, PAYLOADS);
  }

  encode(payloads: Payload[]): Promise<Payload[]> {
    return Promise.resolve(
      payloads.map((payload) =>
        (payload.data?.length ?? 0) <= LARGE ? payload : this.#store(payload)
      ),
    );
  }

  // deno-lint-ignore require-await -- what it throws rejects
  async decode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) =>
      textOf(payload.metadata?.["encoding"]) === STORED ? this.#load(payload) : payload
    );
  }

  #store(payload: Payload): Payload {
    const bytes = encode(payload);
    const digest = digestOf(bytes), path = join(this.#directory, digest);
    // Under its digest, equal ones are one; written again, it is as young as its last use.
    writePrivateFile(path, bytes);
    return { metadata: { encoding: bytesOf(STORED) }, data: bytesOf(digest) };
  }

  #load({ data }: Payload): Payload {
    const digest = textOf(data ?? undefined);
    if (!/^[0-9a-f]{64}$/.test(digest)) throw this.#damaged("that name", digest.slice(0, 64));
    const path = join(this.#directory, digest), size = sizeOf(path);
    if (size === null || size > MOST) throw this.#damaged(digest, "none");
    const bytes = readFileSync(path);
    if (digestOf(bytes) !== digest) throw this.#damaged(digest, "other bytes");
    return decode(bytes);
  }

  #damaged(expected: string, found: string): DamagedStoreError {
    return new DamagedStoreError({
      action: "read what a run was given in",
      place: this.#directory,
      expected: `the file ${expected}`,
      found,
      remedy: "start the run again",
    });
  }
}

/** Age at which no run needs a payload any more: runs are given up after 90 days (ms). */
const LONGEST_USE = 100 * 24 * 3600 * 1000;

/** A file that was removed, or would be. */
export interface RemovedPayload {
  /** Relative to the data root. */
  readonly path: string;
  readonly bytes: number;
}

/** Removes the payloads of a data root that are too old for any run to need them. */
export function removeOldPayloads(
  root: string,
  { now, dryRun }: { readonly now: Date; readonly dryRun: boolean },
): readonly RemovedPayload[] {
  const directory = join(root, PAYLOADS);
  if (!existsSync(directory)) return [];
  return readdirSync(directory).flatMap((name) => {
    const { mtimeMs, size } = lstatSync(join(directory, name));
    if (now.getTime() - mtimeMs < LONGEST_USE) return [];
    if (!dryRun) rmSync(join(directory, name));
    return [{ path: `${PAYLOADS}/${name}`, bytes: size }];
  });
}

/** A line of JSON with the metadata in base64, and the data. */
function encode({ metadata, data }: Payload): Uint8Array {
  const head = Object.entries(metadata ?? {}).map(([name, value]) =>
    [name, Buffer.from(value).toString("base64")] as const
  );
  const line = JSON.stringify(Object.fromEntries(head));
  return Buffer.concat([Buffer.from(`${line}\n`), data ?? new Uint8Array()]);
}

/** Decodes what {@linkcode encode} wrote, whose digest was checked. */
function decode(bytes: Uint8Array): Payload {
  const end = bytes.indexOf(NEWLINE);
  const head = METADATA.parse(JSON.parse(textOf(bytes.subarray(0, end))));
  const metadata = Object.entries(head).map(([name, value]) =>
    [name, new Uint8Array(Buffer.from(value, "base64"))] as const
  );
  return { metadata: Object.fromEntries(metadata), data: bytes.slice(end + 1) };
}

const NEWLINE = 10;

const METADATA = z.record(z.string(), z.string());

/** Returns the size of a file in bytes, null if there is none or something else. */
function sizeOf(path: string): number | null {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isFile() ? found.size : null;
}

function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function textOf(bytes: Uint8Array | null | undefined): string {
  return bytes == null ? "" : new TextDecoder().decode(bytes);
}
