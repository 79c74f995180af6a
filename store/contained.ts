import * as fs from "node:fs";
import { isAbsolute, join, relative, sep } from "node:path";
import { StoreAccessError } from "../core/errors.ts";
import { accessError, systemCode } from "./files/access.ts";

/**
 * Keeps everything that is read and written in the data root: no link on the way may lead
 * elsewhere. The root itself may be a link, because its owner decides where the data is.
 */

/** Kinds of things that may be at the end of a path. */
export interface ContainedOptions {
  /** Whether a link is refused there that stays in the root: what is written would replace it. */
  readonly refuseLink?: boolean;
}

/**
 * Checks that a place in the data root is in it. What is not there yet is.
 *
 * @param root Absolute path of the data root
 * @param path Relative to the root
 * @throws {StoreAccessError} If a link leads out of the root, or nowhere; the message names it
 */
export function requireContained(
  root: string,
  path: string,
  { refuseLink = false }: ContainedOptions = {},
): void {
  if (!isInside(root, join(root, path))) throw outside(root, path);
  const home = realPath(root);
  if (home === null) return;
  const parts = path.split("/").filter((part) => part !== "");
  let place = home;
  for (const [index, part] of parts.entries()) {
    place = join(place, part);
    const stat = lookAt(place);
    if (stat === undefined) return;
    if (!stat.isSymbolicLink()) continue;
    const target = realPath(place);
    const isLast = index === parts.length - 1;
    if (target === null || !isInside(home, target)) throw leadsOut(place);
    if (isLast && refuseLink) throw inTheWay(place);
    place = target;
  }
}

/** Whether a path is a directory or something in it, by their names alone. */
function isInside(directory: string, path: string): boolean {
  const inside = relative(directory, path);
  return inside !== ".." && !inside.startsWith(`..${sep}`) && !isAbsolute(inside);
}

/** Looks at a path itself, undefined if nothing is there. */
function lookAt(path: string): fs.Stats | undefined {
  try {
    return fs.lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw accessError(error, path);
  }
}

/** Returns the target of a path, or null if it has none. */
function realPath(path: string): string | null {
  try {
    return fs.realpathSync(path);
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "ELOOP"].includes(systemCode(error) ?? "")) return null;
    throw accessError(error, path);
  }
}

function outside(root: string, path: string): StoreAccessError {
  return new StoreAccessError({
    action: "use",
    place: path,
    expected: `a place in the data directory "${root}"`,
    found: "one outside of it",
    remedy: "name one inside",
  });
}

function leadsOut(link: string): StoreAccessError {
  return new StoreAccessError({
    action: "use",
    place: link,
    expected: "a file or directory of the data directory",
    found: `a link to "${fs.readlinkSync(link)}"`,
    remedy: "put what it leads to in its place, or move the whole data directory there and " +
      "set SLUICE_HOME to it, which may be a link itself",
  });
}

function inTheWay(link: string): StoreAccessError {
  return new StoreAccessError({
    action: "write",
    place: link,
    expected: "a file or room for one",
    found: `a link to "${fs.readlinkSync(link)}"`,
    remedy: "remove it",
  });
}
