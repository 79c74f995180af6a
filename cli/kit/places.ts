import type { ArtifactType } from "../../pipelines/mod.ts";
import * as data from "../../runtime/data/data_root.ts";
import { isS3Place } from "../../store/blobs/s3_place.ts";
import { requireRootSchema } from "../../store/root/root_file.ts"; // not the whole store

/**
 * Reads places from the environment of the process: the data directory, and the person's directory.
 */

/** Absolute path of the person's directory: `deno task` changes the working directory. */
export function workingDirectory(): string {
  return Deno.env.get("INIT_CWD") || Deno.cwd();
}

/**
 * Opens the data directory: `SLUICE_HOME`, which may lie in a bucket, else `data` in the project's
 * directory.
 *
 * @param options Whether one is made in the bucket where there is none
 * @throws {InvalidInputError} If something else is there, so that it can never be one
 * @throws {SchemaVersionError} If a newer version of Sluice wrote it
 */
export async function openDataRoot(
  { create = false }: { readonly create?: boolean } = {},
): Promise<data.DataRoot> {
  const environment = environmentVariables(), from = workingDirectory();
  const opened = await data.openDataRoot({ environment, from, create });
  requireRootSchema(opened.root);
  return opened;
}

/** Type of the output that has the episodes without a condition: all stages may have others. */
export function datasetUnless(condition: string | undefined): ArtifactType | undefined {
  return condition === undefined ? "dataset" : undefined;
}

/** Absolute path of the data directory, or of its working root. @throws As {@linkcode openDataRoot} */
export async function dataRoot(): Promise<string> {
  return (await openDataRoot()).root;
}

/**
 * Absolute path of the directory in which files for people lie where they name none: the data
 * directory, or the person's own where that lies in a bucket.
 */
export function outputRoot(): string {
  const home = Deno.env.get("SLUICE_HOME"), from = workingDirectory();
  return home !== undefined && isS3Place(home) ? from : data.dataRoot(home, from);
}

/**
 * Opens the data directory for what a person names in it: of one in a bucket, the working root is
 * filled with that.
 *
 * @param type Type of the output that is needed of a run; all of its stages if absent
 * @returns Its absolute path
 * @throws As {@linkcode openDataRoot}
 */
export async function dataRootWith(text: string, type?: ArtifactType): Promise<string> {
  return (await openDataRootWith(text, type)).root;
}

/** {@linkcode dataRootWith}, with the bucket. @throws As {@linkcode openDataRoot} */
export async function openDataRootWith(text: string, type?: ArtifactType): Promise<data.DataRoot> {
  const opened = await openDataRoot();
  if (opened.bucket !== undefined) {
    const { fillNamed } = await import("../../runtime/data/fill_named.ts");
    await fillNamed(opened.bucket, text, type);
  }
  return opened;
}

/** Returns the absolute path of a file that a person names. */
export function userPath(path: string): string {
  return data.userPath(path, workingDirectory());
}

/** Shortens a path for people: relative to the working directory if it is in there. */
export function displayPath(path: string): string {
  return data.displayPath(path, workingDirectory());
}

/** Returns the name of something in the data root as a declaration may name it. */
export function storedName(root: string, text: string): string {
  return data.storedName(text, { root, from: workingDirectory() });
}

/** Variables of the environment, for what starts or finds a server. */
export function environmentVariables(): Readonly<Record<string, string>> {
  return Deno.env.toObject();
}
