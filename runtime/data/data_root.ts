import { mkdir } from "node:fs/promises";
import { existsSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { InvalidInputError, messageOf, StoreAccessError } from "../../core/errors.ts";
import type { Environment } from "../../infra/temporal/connection.ts";
import { type BlobsAccess, type BucketRoot, isS3Place } from "../../store/mod.ts";
import { cacheDirectory } from "./cache_directory.ts";

/** A data directory, or the working root of one in a bucket. */
export interface DataRoot {
  /** Absolute path. */
  readonly root: string;
  /** The data root in a bucket; absent where it is a directory. */
  readonly bucket?: BucketRoot;
  /** Access to that bucket, for threads; absent where it is a directory. */
  readonly access?: BlobsAccess;
  /** Largest size of what the working root keeps of stages (bytes); absent where there is none. */
  readonly cacheBytes?: number;
}

/** What {@linkcode openDataRoot} needs to know. */
export interface OpenDataRootOptions {
  /** Variables of the process. */
  readonly environment: Environment;
  /** Absolute path of the person's directory. */
  readonly from: string;
  /** Makes a data root in the bucket where there is none. */
  readonly create: boolean;
}

/**
 * Opens the data directory that `SLUICE_HOME` names: a directory, as {@linkcode dataRoot} finds it,
 * or one in a bucket, with its working root in `SLUICE_CACHE` or else in the user's cache, which then
 * has the records of all runs.
 *
 * @throws {InvalidInputError} If it cannot be one, or there is none in the bucket
 * @throws {StoreAccessError} If the store refuses access
 */
export async function openDataRoot(
  { environment, from, create }: OpenDataRootOptions,
): Promise<DataRoot> {
  const home = environment["SLUICE_HOME"];
  if (home === undefined || !isS3Place(home)) return { root: dataRoot(home, from) };
  const store = await import("../../store/mod.ts");
  const cacheBytes = parseBytes(environment["SLUICE_store.CACHE_BYTES"]) ?? store.CACHE_BYTES;
  const insecure = environment["SLUICE_INSECURE_STORE"] === "1";
  const access = { place: home, variables: accessVariables(environment), insecure };
  const bucket = await store.openBucketRoot(store.openBlobs(access), {
    cache: resolve(from, environment["SLUICE_CACHE"] || join(cacheDirectory(environment), "roots")),
    ...(create
      ? { create: { id: crypto.randomUUID(), above: () => store.openBlobsAbove(access) } }
      : {}),
  });
  await store.fillRuns(bucket);
  await store.trimWorkingRoot(bucket, cacheBytes);
  return { root: bucket.root, bucket, access, cacheBytes };
}

/** @throws {InvalidInputError} If it is no number of bytes */
function parseBytes(text: string | undefined): number | null {
  if (!text) return null;
  const bytes = /^\d+$/.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(bytes) && bytes > 0) return bytes;
  throw new InvalidInputError({
    action: "read SLUICE_store.CACHE_BYTES",
    expected: "a number of bytes, such as 20000000000",
    found: `"${text}"`,
    remedy: "correct the variable, or unset it",
  });
}

/** Variables by which access to a store is found; threads are given no others. */
function accessVariables(environment: Environment): BlobsAccess["variables"] {
  const names = Object.keys(environment).filter((name) => name.startsWith("AWS_"));
  return Object.fromEntries([...names, "HOME", "USERPROFILE"].map((n) => [n, environment[n]]));
}

/**
 * Returns the absolute path of the data directory: the given one, or else `data` in the project's
 * directory.
 *
 * @param home The path that a person gives it, as `SLUICE_HOME` does
 * @param from Absolute path of the person's directory
 * @throws {InvalidInputError} If something else is there, so that it can never be one
 */
export function dataRoot(home: string | undefined, from: string): string {
  if (home !== undefined && isS3Place(home)) {
    throw new InvalidInputError({
      action: "use the data directory",
      place: home,
      expected: "a directory",
      found: "a bucket",
      remedy: "set SLUICE_HOME to a directory for this command",
    });
  }
  const root = home ? userPath(home, from) : resolve("data"); // tasks run in the project's directory
  const obstacle = obstacleAt(root);
  if (obstacle === null) return root;
  throw new InvalidInputError({
    action: "use the data directory",
    place: root,
    expected: "a directory, or room for one",
    found: obstacle,
    remedy: "set SLUICE_HOME to another directory",
  });
}

/** Returns why there can be no directory at a path, null if there is one or may be. */
function obstacleAt(path: string): string | null {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat === undefined || stat.isDirectory() ? null : "a file";
  } catch (error) {
    return error instanceof Deno.errors.NotCapable
      ? "a system directory that Deno does not let programs use"
      : messageOf(error);
  }
}

/** Makes the data directory. @throws {StoreAccessError} If nothing can be written there */
export async function makeDataRoot(root: string): Promise<void> {
  try {
    await mkdir(root, { recursive: true });
    await Deno.remove(await Deno.makeTempFile({ dir: root, prefix: ".writable-" }));
  } catch (error) {
    throw new StoreAccessError({
      action: "write to the data directory",
      place: root,
      expected: "a writable directory",
      found: messageOf(error),
      remedy: "make it writable, or set SLUICE_HOME to another directory",
    });
  }
}

/**
 * Returns the absolute path of a file that a person names.
 *
 * @param from Absolute path of the person's directory
 */
export function userPath(path: string, from: string): string {
  return resolve(from, path);
}

/** Shortens a path for people: relative to the person's directory if it is in there. */
export function displayPath(path: string, from: string): string {
  const here = `${resolve(from)}/`;
  return path.startsWith(here) ? path.slice(here.length) : path;
}

/**
 * Returns the name of something in the data root as a declaration may name it: a path becomes
 * relative to the root; anything else (`reach-expert/7`) stays.
 *
 * @throws {InvalidInputError} If the path leads elsewhere
 */
export function storedName(
  text: string,
  { root, from }: { readonly root: string; readonly from: string },
): string {
  const path = userPath(text, from), inside = relative(root, path);
  if (existsSync(path) && inside !== "" && !inside.startsWith("..")) return inside;
  // A run may have the name of a directory that happens to be here.
  if (!/^[./~]/.test(text)) return text;
  throw new InvalidInputError({
    action: "use",
    place: text,
    expected: `something in the data directory "${root}"`,
    found: `"${path}"`,
    remedy: "set SLUICE_HOME to the directory that holds it",
  });
}
