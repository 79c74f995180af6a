import { join } from "node:path";
import { type Arithmetic, ARITHMETICS, type SavedPolicy } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { hashOf } from "../files/commit.ts";
import { readCommit } from "../files/read_commit.ts";
import { CommittedFiles } from "../zarr/reader.ts";
import { readTensors, writeTensors } from "../zarr/tensors.ts";
import { StoreWriter } from "../zarr/writer.ts";

/** Group of a policy within the directory of a train stage. */
const POLICY = "policy";

/** Writes a policy as the group `policy/` of a directory that is committed later. */
export async function savePolicy(
  writer: StoreWriter,
  { model, config, tensors, arithmetic }: SavedPolicy,
): Promise<void> {
  const attributes = { model, config, ...(arithmetic === undefined ? {} : { arithmetic }) };
  await writeTensors(writer, POLICY, { tensors, attributes });
}

/**
 * The policy of a committed directory.
 *
 * @throws {DamagedStoreError} If it is not committed, or bytes are not those committed
 * @throws {InvalidInputError} If it is of a class of arithmetic that is not known here
 */
export async function loadPolicy(directory: string): Promise<SavedPolicy> {
  const files = CommittedFiles.open(directory);
  const { tensors, attributes } = await readTensors(files, POLICY);
  return {
    model: String(attributes["model"]),
    config: attributes["config"]!,
    tensors,
    ...arithmeticOf(directory, attributes["arithmetic"]),
  };
}

/** @throws {InvalidInputError} If it is of a class that is not known here */
function arithmeticOf(directory: string, found: unknown): { readonly arithmetic?: Arithmetic } {
  if (found === undefined) return {};
  const arithmetic = ARITHMETICS.find((name) => name === found);
  if (arithmetic !== undefined) return { arithmetic };
  throw new InvalidInputError({
    action: "load the policy of",
    place: directory,
    expected: `arithmetic of class ${ARITHMETICS.join(" or ")}`,
    found: JSON.stringify(found),
    remedy: "use the version of Sluice that trained it",
  });
}

/** Kind of the commits of imported policies. */
export const ONNX_KIND = "onnx";

/** Names of the file of an imported policy, and of the description beside it, where there is one. */
export const ONNX_FILE = "policy.onnx", ONNX_DESCRIPTION = `${ONNX_FILE}.json`;

/** An ONNX file, and the text of the description beside it. */
export interface ImportedPolicy {
  readonly bytes: Uint8Array;
  /** Null if there is none. */
  readonly description: string | null;
}

/** Returns the directory of a policy that another tool trained, relative to the data root. */
export function importedPolicyDirectory({ bytes, description }: ImportedPolicy): string {
  const digest = hashOf(bytes);
  const name = description === null
    ? digest
    : hashOf(encode(`${digest} ${hashOf(encode(description))}`));
  return `stages/onnx-${name.slice(0, 12)}`;
}

/**
 * Copies an ONNX file, and its description, into the data root, so that workers find it and `verify`
 * checks it. An existing copy is left unchanged.
 */
export async function importPolicy(root: string, policy: ImportedPolicy): Promise<void> {
  const directory = join(root, importedPolicyDirectory(policy));
  if (await readCommit(directory) !== null) return;
  const writer = new StoreWriter(directory), { bytes, description } = policy;
  await writer.write(ONNX_FILE, bytes);
  if (description !== null) await writer.write(ONNX_DESCRIPTION, encode(description));
  await writer.commit({ kind: ONNX_KIND });
}

/**
 * The ONNX file of an imported policy, or of one that a program trained.
 *
 * @throws {DamagedStoreError} If it is not committed, or the bytes are not those committed
 */
export function loadImportedPolicy(directory: string): ImportedPolicy {
  const files = CommittedFiles.open(directory);
  return {
    bytes: files.read(ONNX_FILE),
    description: files.commit.files.has(ONNX_DESCRIPTION)
      ? new TextDecoder().decode(files.read(ONNX_DESCRIPTION))
      : null,
  };
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
