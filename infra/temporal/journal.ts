import { statfsSync } from "node:fs";

/**
 * Types of file systems of one machine, as `statfs` tells them on Linux (`linux/magic.h`): ext2 to
 * ext4, XFS, Btrfs, tmpfs, overlayfs, F2FS, ZFS and bcachefs.
 */
const LOCAL_TYPES: ReadonlySet<number> = new Set([
  0xef53,
  0x58465342,
  0x9123683e,
  0x01021994,
  0x794c7630,
  0xf2f52010,
  0x2fc12fc1,
  0xca451a4e,
]);

/** Mode of SQLite's journal. */
export type JournalMode = "wal" | "delete";

/**
 * Chooses the mode of the journal of a server's database: a write-ahead log, which takes about half
 * the time of a rollback journal and keeps as much, but shares memory through a file, which SQLite
 * supports on no network file system (https://sqlite.org/wal.html).
 *
 * @param type Type of the file system with the database
 */
export function journalMode(type: number): JournalMode {
  return LOCAL_TYPES.has(type) ? "wal" : "delete";
}

/** Returns the server's arguments for the journal of a database in a directory, which exists. */
export function journalArguments(directory: string): string[] {
  return ["--sqlite-pragma", `journal_mode=${journalMode(statfsSync(directory).type)}`];
}
