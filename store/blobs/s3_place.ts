import { InvalidInputError } from "../../core/errors.ts";

/** A prefix in a bucket. */
export interface S3Place {
  readonly bucket: string;
  /** Beginning of the keys, without a slash at either end; empty for the whole bucket. */
  readonly prefix: string;
}

/** Whether a text names objects in a bucket instead of a path. */
export function isS3Place(text: string): boolean {
  return /^s3:\/\//i.test(text);
}

/**
 * Parses `s3://bucket/prefix`.
 *
 * @throws {InvalidInputError} If the bucket has no name of S3's, or the prefix is no relative path
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 */
export function parseS3Place(text: string): S3Place {
  const [, bucket = "", rest = ""] = /^s3:\/\/([^/]*)\/?(.*)$/i.exec(text) ?? [];
  const prefix = rest.replace(/\/+$/, ""), parts = prefix.split("/");
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    throw new InvalidInputError({
      action: "use",
      place: text,
      expected: "s3://BUCKET/PREFIX with 3 to 63 lower-case letters, digits, dots or hyphens",
      found: bucket === "" ? "no bucket" : `bucket "${bucket}"`,
      remedy: "correct the name",
    });
  }
  const isPath = /^[\w!*'().\/=@+, -]*$/.test(prefix) &&
    parts.every((part) => part !== "." && part !== "..");
  if (prefix === "" || (isPath && !parts.includes(""))) return { bucket, prefix };
  throw new InvalidInputError({
    action: "use",
    place: text,
    expected: "a prefix of letters, digits and - _ . / = @ + ! * ' ( ), without empty parts",
    found: `"${prefix}"`,
    remedy: "choose another prefix",
  });
}

/** `s3://bucket/prefix`, as messages name it. */
export function formatS3Place({ bucket, prefix }: S3Place): string {
  return `s3://${bucket}${prefix === "" ? "" : `/${prefix}`}`;
}

/** The prefixes that a place lies below in its bucket, the bucket itself among them; none for a bucket. */
export function placesAbove({ bucket, prefix }: S3Place): readonly S3Place[] {
  const parts = prefix === "" ? [] : prefix.split("/");
  return parts.map((_, count) => ({ bucket, prefix: parts.slice(0, count).join("/") }));
}
