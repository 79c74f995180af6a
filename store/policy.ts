import type { SavedPolicy } from "../core/episode.ts";
import { requireCommit } from "./commit.ts";
import { CommittedFiles } from "./reader.ts";
import { readTensors, writeTensors } from "./tensors.ts";
import type { StoreWriter } from "./writer.ts";

/** Group of a policy within the directory of a train stage. */
const POLICY = "policy";

/** Writes a policy as the group `policy/` of a directory that is to be committed. */
export async function savePolicy(
  writer: StoreWriter,
  { model, config, tensors }: SavedPolicy,
): Promise<void> {
  await writeTensors(writer, POLICY, { tensors, attributes: { model, config } });
}

/**
 * The policy of a committed directory.
 *
 * @throws {DamagedStoreError} If it is not committed, or bytes are not those committed
 */
export async function loadPolicy(directory: string): Promise<SavedPolicy> {
  const files = new CommittedFiles(directory, requireCommit(directory));
  const { tensors, attributes } = await readTensors(files, POLICY);
  return { model: String(attributes["model"]), config: attributes["config"]!, tensors };
}
