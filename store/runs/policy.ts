import { join } from "node:path";
import { type Arithmetic, ARITHMETICS, type SavedPolicy } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { hashOf, readCommit, requireCommit } from "../files/commit.ts";
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
  const files = new CommittedFiles(directory, requireCommit(directory));
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

/** Name of the file of an imported policy. */
export const ONNX_FILE = "policy.onnx";

/** Returns the directory of a policy that another tool trained, relative to the data root. */
export function importedPolicyDirectory(bytes: Uint8Array): string {
  return `stages/onnx-${hashOf(bytes).slice(0, 12)}`;
}

/**
 * Copies an ONNX file into the data root, so that workers find it and `verify` checks it. An
 * existing copy is left unchanged.
 */
export async function importPolicy(root: string, bytes: Uint8Array): Promise<void> {
  const directory = join(root, importedPolicyDirectory(bytes));
  if (await readCommit(directory) !== null) return;
  const writer = new StoreWriter(directory);
  await writer.write(ONNX_FILE, bytes);
  await writer.commit({ kind: "onnx" });
}

/**
 * The ONNX file of an imported policy.
 *
 * @throws {DamagedStoreError} If it is not committed, or the bytes are not those committed
 */
export function loadImportedPolicy(directory: string): Uint8Array {
  return new CommittedFiles(directory, requireCommit(directory)).read(ONNX_FILE);
}
