import { type Blobs, findS3Settings, parseS3Place, S3Blobs } from "../../store/mod.ts";
import type { FlagTable } from "./flags.ts";
import { environmentVariables } from "./places.ts";

/** Flag of commands that reach object stores. */
export const INSECURE_STORE_FLAG = {
  insecureStore: {
    type: "boolean",
    description: "Allow plain http to an object store on another machine",
  },
} as const satisfies FlagTable;

/**
 * Opens the objects of `s3://bucket/prefix`, with access as Amazon's own tools find it.
 *
 * @throws {InvalidInputError} If there are no credentials, or name or endpoint are wrong
 */
export function openObjects(
  place: string,
  { insecureStore }: { readonly insecureStore: boolean },
): Blobs {
  const variables = environmentVariables();
  const settings = findS3Settings({ variables, readFile, insecure: insecureStore });
  return new S3Blobs(parseS3Place(place), settings);
}

/** The text of a file of Amazon's tools; null if there is none, or none that can be read. */
function readFile(path: string): string | null {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return null;
  }
}
