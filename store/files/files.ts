import * as fs from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { accessError, systemCode } from "./access.ts";

/**
 * Files that are there whole or not at all: written under a temporary name, flushed, renamed, and
 * their directory flushed.
 */

/** Pattern of a temporary file's name, which tells people its writer. */
const TEMPORARY = /^\..*\.\d+-[0-9A-Za-z.-]+\.\w+\.tmp$/;

/** Whether a name is one of {@linkcode temporaryName}. */
export function isTemporary(name: string): boolean {
  return TEMPORARY.test(name);
}

/** Returns the temporary name beside a file under which it is written. */
export function temporaryName(path: string): string {
  const unique = crypto.randomUUID().slice(0, 8); // threads share a pid
  return join(dirname(path), `.${basename(path)}.${process.pid}-${hostname()}.${unique}.tmp`);
}

/** Reads bytes of an open file at a position; fewer where the file ends. */
export function readAt(descriptor: number, position: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let read = 0;
  while (read < length) {
    const count = fs.readSync(descriptor, bytes, read, length - read, position + read);
    if (count === 0) break;
    read += count;
  }
  return bytes.subarray(0, read);
}

/** Flushes what a directory lists to the disk. */
export function flushDirectory(path: string): void {
  const descriptor = fs.openSync(path, "r");
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Flushes a descriptor to the disk, without blocking the thread. */
export function flush(descriptor: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.fsync(descriptor, (error) => error ? reject(error) : resolve());
  });
}

/** {@linkcode flushDirectory} for many: at the same time, the disk does with one turn of its journal. */
export async function flushDirectories(paths: Iterable<string>): Promise<void> {
  const descriptors: number[] = [];
  try {
    for (const path of paths) descriptors.push(fs.openSync(path, "r"));
    await Promise.all(descriptors.map(flush));
  } finally {
    for (const descriptor of descriptors) fs.closeSync(descriptor);
  }
}

/**
 * Makes a directory and those above it.
 *
 * @param changed Gets the directories whose list changed, which are to be flushed
 */
export function makeDirectory(path: string, changed?: Set<string>): void {
  try {
    fs.mkdirSync(path);
  } catch (error) {
    if (systemCode(error) === "EEXIST") return;
    if (systemCode(error) !== "ENOENT") throw error;
    makeDirectory(dirname(path), changed);
    makeDirectory(path, changed);
    return;
  }
  changed?.add(dirname(path));
}

/** Writes a file by temporary file, fsync, rename and directory fsync. */
export function writeFileAtomically(path: string, data: Uint8Array | string): Promise<void> {
  return new Promise((resolve) => resolve(writeFileAtomicallySync(path, data)));
}

/** {@linkcode writeFileAtomically} at once. */
export function writeFileAtomicallySync(path: string, data: Uint8Array | string): void {
  const temporary = temporaryName(path);
  try {
    const changed = new Set([dirname(path)]);
    makeDirectory(dirname(path), changed);
    const descriptor = fs.openSync(temporary, "wx");
    try {
      fs.writeFileSync(descriptor, data);
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
    fs.renameSync(temporary, path);
    for (const directory of changed) flushDirectory(directory);
  } catch (error) {
    removeFile(temporary);
    throw accessError(error, path);
  }
}

/** Removes a file if possible, to clean up after an error that is reported. */
export function removeFile(path: string): void {
  try {
    fs.unlinkSync(path);
  } catch {
    // the error that led here is the one to report
  }
}

/** Entries of a directory by name; none if it does not exist. */
export function listDirectory(directory: string): readonly fs.Dirent[] {
  try {
    return fs.readdirSync(directory, { withFileTypes: true })
      .sort((a, b) => a.name < b.name ? -1 : 1);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(systemCode(error) ?? "")) return [];
    throw error;
  }
}

/**
 * Entries of a directory that may have very many, in no order; none if it does not exist: in a third
 * of the time of {@linkcode listDirectory}.
 */
export function entriesOf(directory: string): readonly Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(directory)];
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(systemCode(error) ?? "")) return [];
    throw error;
  }
}

/** Reads the text of a file, null if there is none. */
export function readTextFile(path: string): string | null {
  try {
    return fs.readFileSync(path, "utf8");
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(systemCode(error) ?? "")) return null;
    throw error;
  }
}
