import { appendFileSync, copyFileSync, mkdirSync, statSync, truncateSync } from "node:fs";
import { dirname } from "node:path";

/** Size in bytes at which a log is put aside: two of them are read and searched in no time. */
const LOG_LIMIT = 10 * 2 ** 20;

/** The part of a log that was put aside last. */
export function olderLog(file: string): string {
  return `${file}.1`;
}

/**
 * Puts a log aside where it has grown large. It stays the same file, because others hold it open to
 * append to it.
 */
export function rotateLog(file: string): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= LOG_LIMIT) return;
  copyFileSync(file, olderLog(file));
  truncateSync(file);
}

/** Appends lines to a log, which is made with its directory where it is not there. */
export function appendToLog(file: string, lines: string): void {
  mkdirSync(dirname(file), { recursive: true });
  rotateLog(file);
  appendFileSync(file, lines);
}
