import { type Blobs, openBlobs } from "../../store/mod.ts";
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
  return openBlobs({ place, variables: environmentVariables(), insecure: insecureStore });
}
