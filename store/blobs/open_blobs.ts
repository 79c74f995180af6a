import { readFileSync } from "node:fs";
import type { Blobs } from "./blobs.ts";
import { S3Blobs } from "./s3_blobs.ts";
import { parseS3Place, placesAbove } from "./s3_place.ts";
import { findS3Settings } from "./s3_settings.ts";

/** Place of objects, and who asks for them: plain data, which threads are given too. */
export interface BlobsAccess {
  /** `s3://bucket/prefix`. */
  readonly place: string;
  /** Variables of the process. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Whether plain http may leave this machine. */
  readonly insecure: boolean;
}

/**
 * Opens the objects of a place, with access as Amazon's own tools find it.
 *
 * @throws {InvalidInputError} If there are no credentials, or name or endpoint are wrong
 */
export function openBlobs({ place, variables, insecure }: BlobsAccess): Blobs {
  return new S3Blobs(parseS3Place(place), findS3Settings({ variables, readFile, insecure }));
}

/** Opens the objects of every prefix that a place lies below, as {@linkcode openBlobs} does. */
export function openBlobsAbove({ place, variables, insecure }: BlobsAccess): readonly Blobs[] {
  const settings = findS3Settings({ variables, readFile, insecure });
  return placesAbove(parseS3Place(place)).map((above) => new S3Blobs(above, settings));
}

/** The text of a file of Amazon's tools; null if there is none, or none that can be read. */
function readFile(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
