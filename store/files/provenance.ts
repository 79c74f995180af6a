import { join } from "node:path";
import { writeFileAtomically } from "./files.ts";
import { encodeRecord, readRecord, type RecordContent, type StoredRecord } from "./records.ts";

/** Name of the file beside a commit that records who made it, where and with what. */
export const PROVENANCE_FILE = "provenance.json";

/** Names that provenance without a checksum has. */
const NAMES = [
  "stage",
  "kind",
  "key",
  "manifest_key",
  "digest",
  "seed",
  "stream",
  "parameters",
  "inputs",
  "external",
  "counts",
  "build",
  "versions",
  "host",
  "finished",
  "seconds",
];

/**
 * Writes `provenance.json` beside a commit: it is not in the digest, so it may contain times and
 * hosts.
 */
export function writeProvenance(directory: string, provenance: RecordContent): Promise<void> {
  return writeFileAtomically(join(directory, PROVENANCE_FILE), encodeRecord(provenance));
}

/**
 * Reads what {@linkcode writeProvenance} wrote, null if it wrote nothing.
 *
 * @throws {DamagedStoreError} If something else is in its place
 */
export function readProvenance(directory: string): StoredRecord | null {
  return readRecord(join(directory, PROVENANCE_FILE), {
    expected: "the provenance of a stage",
    remedy: "put the file back, or remove it: no result depends on it",
    names: NAMES,
  });
}
