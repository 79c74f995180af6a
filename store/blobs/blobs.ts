import { InvalidInputError } from "../../core/errors.ts";
import { isInnerPath } from "../files/commit_shape.ts";

/** Part of an object: `[first, end)`, or its last bytes. */
export type BlobRange =
  | { readonly first: number; readonly end: number }
  | { readonly last: number };

/** An object that a listing names. */
export interface ListedBlob {
  /** Relative to the place. */
  readonly key: string;
  /** Bytes of it. */
  readonly size: number;
}

/** Condition of a write. */
export interface PutOptions {
  /** Writes only where nothing is: of many that try at once, one succeeds. */
  readonly ifAbsent?: boolean;
}

/**
 * Objects by key: a directory of a disk, or a prefix in a bucket. An object is there whole or not at
 * all, and is never changed in part. Keys are relative paths with `/`.
 *
 * Every method throws a {@linkcode StoreAccessError} or {@linkcode InvalidInputError} where the
 * place cannot be used, and a {@linkcode TransientStoreError} where it did not answer.
 */
export interface Blobs {
  /** A directory or `s3://bucket/prefix`, as messages name it. */
  readonly place: string;
  /** The bytes of an object, or of a part of it as far as it goes; null if there is none. */
  get(key: string, range?: BlobRange): Promise<Uint8Array | null>;
  /** Size of an object in bytes, null if there is none. */
  head(key: string): Promise<number | null>;
  /** Writes an object whole. @returns Whether it was written: not if the condition did not hold */
  put(key: string, data: Uint8Array, options?: PutOptions): Promise<boolean>;
  /** The objects whose keys begin with a prefix, in no particular order. */
  list(prefix: string): AsyncIterable<ListedBlob>;
  /** Removes an object, if it is there. */
  remove(key: string): Promise<void>;
}

/** Whether a key is a relative path that cannot lead out of its place, on any system. */
export function isKey(key: string): boolean {
  // deno-lint-ignore no-control-regex -- no key of ours has a control character
  return isInnerPath(key) && !/[\x00-\x1f\\]/.test(key);
}

/** @throws {InvalidInputError} If it is not {@linkcode isKey} */
export function requireKey(key: string): void {
  if (isKey(key)) return;
  throw new InvalidInputError({
    action: "use as the name of an object",
    place: key,
    expected: "a relative path without backslashes and control characters",
    remedy: "rename what is called so, e.g. by importing it with --rename",
  });
}

/**
 * Makes sure that a place honours `ifAbsent`, by writing an object that is to be there anyway.
 *
 * @returns Whether it was written: not if one was there
 * @throws {InvalidInputError} If a second write succeeds: then two writers would both believe that
 *   they were the first
 */
export async function putProving(
  blobs: Blobs,
  key: string,
  data: Uint8Array,
): Promise<boolean> {
  const written = await blobs.put(key, data, { ifAbsent: true });
  if (!await blobs.put(key, data, { ifAbsent: true })) return written;
  throw new InvalidInputError({
    action: "use",
    place: blobs.place,
    expected: "a store that honours If-None-Match",
    found: "one that ignores it and overwrites",
    remedy:
      "use one with conditional writes: Amazon S3, MinIO, Ceph or versitygw of a recent version",
  });
}
