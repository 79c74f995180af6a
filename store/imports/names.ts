import { suggestName } from "../../core/suggest.ts";
import type { ImportFaults } from "./fault.ts";

/** Names that the columns of foreign data get here. */

/** Column names of openpi and LIBERO that differ from the names here. */
const ALIASES: Readonly<Record<string, string>> = {
  state: "observation/state",
  actions: "action",
  image: "observation/image",
  wrist_image: "observation/wrist_image",
};

/** UTF-8 bytes of a name between slashes: with a suffix it is still the name of a directory. */
const MAX_PART_BYTES = 200;

/** UTF-8 bytes of a whole name: a path of it is within what systems allow. */
const MAX_BYTES = 800;

export interface NameOptions {
  /** The name of a column here; its own, with slashes for dots, if absent. */
  readonly nameOf?: (column: string) => string;
  /** Whether names of openpi and LIBERO are known. @default true */
  readonly aliases?: boolean;
  /** Names that only columns get to which `nameOf` gives them. */
  readonly reserved?: readonly string[];
  /** Names that the person chose, by column. */
  readonly rename: ReadonlyMap<string, string>;
  readonly faults: ImportFaults;
}

/**
 * Assigns names of step fields to columns: distinct as paths on any file system, so that none is
 * within another. A name that is taken is changed; one that could do harm is rejected.
 *
 * @param columns Distinct
 * @returns By column, in the order of the columns; those whose name was refused are absent
 */
export function assignNames(
  columns: readonly string[],
  options: NameOptions,
): ReadonlyMap<string, string> {
  const { nameOf = (column) => column.replaceAll(".", "/"), aliases = true } = options;
  const { reserved = [], rename, faults } = options;
  requireColumns(columns, rename, faults);
  const wanted = columns.map((column) => {
    const chosen = rename.get(column);
    return { column, field: nameOf(chosen ?? column), isChosen: chosen !== undefined };
  });
  const named = aliases ? withAliases(wanted) : wanted;
  const taken = new Set<string>(), names = new Map<string, string>();
  for (const { column, field } of named.toSorted(byClaim)) {
    const fault = nameFault(field);
    if (fault !== null) {
      faults.report({
        code: "bad_name",
        severity: "error",
        place: `column ${JSON.stringify(shortened(column))}`,
        message:
          `expected a name that a directory can have, found ${fault}: name it otherwise by ` +
          "--rename, or leave it out by --skip",
      });
      continue;
    }
    const isReserved = reserved.includes(field) && (nameOf(column) !== field || column === field);
    const free = freeName(field, isReserved ? new Set([...taken, folded(field)]) : taken);
    if (free !== field) {
      faults.report({
        code: "renamed",
        severity: "note",
        place: `column "${column}"`,
        message:
          `expected "${field}" to be free, found it taken by another column: it arrives as ` +
          `"${free}"; choose another name by --rename`,
      });
    }
    taken.add(folded(free));
    names.set(column, free);
  }
  return new Map(columns.flatMap((column) => {
    const name = names.get(column);
    return name === undefined ? [] : [[column, name]];
  }));
}

/** Reports names of columns that are not there. */
function requireColumns(
  columns: readonly string[],
  rename: ReadonlyMap<string, string>,
  faults: ImportFaults,
): void {
  for (const column of rename.keys()) {
    if (columns.includes(column)) continue;
    faults.report({
      code: "unknown_column",
      severity: "error",
      place: `--rename ${column}=${rename.get(column)}`,
      message: `expected a column that is read, found none of that name: ${
        suggestName(column, columns)
      }`,
    });
  }
}

/** Replaces openpi's and LIBERO's names by the names here, where no column has them. */
function withAliases(wanted: readonly WantedName[]): readonly WantedName[] {
  const known = new Set(wanted.map(({ field }) => field));
  return wanted.map((name) => {
    const isAlias = !name.isChosen && Object.hasOwn(ALIASES, name.column);
    const alias = isAlias ? ALIASES[name.column] : undefined;
    return alias === undefined || known.has(alias) ? name : { ...name, field: alias };
  });
}

interface WantedName {
  readonly column: string;
  readonly field: string;
  readonly isChosen: boolean;
}

/** Chosen names come first, then those that a format gives, then short ones before long ones. */
function byClaim(a: WantedName, b: WantedName): number {
  const claim = ({ column, field, isChosen }: WantedName) =>
    isChosen ? 0 : field !== column.replaceAll(".", "/") ? 1 : 2;
  const depth = ({ field }: WantedName) => field.split("/").length;
  return claim(a) - claim(b) || depth(a) - depth(b);
}

/**
 * Returns the form of a name that is equal for all names that a file system may not tell apart,
 * because it ignores case or composes accents.
 */
function folded(name: string): string {
  return name.normalize("NFC").toLowerCase();
}

/** A name that is neither taken nor within another, nor around one. @param taken Folded names */
function freeName(name: string, taken: ReadonlySet<string>): string {
  const within = (path: string): string | undefined => {
    const parts = path.split("/");
    return parts.slice(1).map((_, end) => parts.slice(0, end + 1).join("/"))
      .find((parent) => taken.has(folded(parent)));
  };
  let free = name;
  for (let parent = within(free); parent !== undefined; parent = within(free)) {
    free = `${parent}_${free.slice(parent.length + 1)}`;
  }
  const isTaken = (path: string) =>
    taken.has(folded(path)) ||
    [...taken].some((other) => other.startsWith(`${folded(path)}/`));
  if (!isTaken(free)) return free;
  let number = 2;
  while (isTaken(`${free}_${number}`)) number++;
  return `${free}_${number}`;
}

/** Returns why some names cannot be field names together, or null if they can. */
export function faultOfNames(fields: readonly string[]): string | null {
  const taken = new Set<string>();
  for (const field of fields.toSorted((a, b) => a.split("/").length - b.split("/").length)) {
    const fault = nameFault(field);
    if (fault !== null) return `a name with ${fault}`;
    if (freeName(field, taken) !== field) return `"${field}" in the place of another`;
    taken.add(folded(field));
  }
  return null;
}

/** Returns why a name cannot be a field name, or null if it can. */
function nameFault(field: string): string | null {
  const bytes = (text: string) => new TextEncoder().encode(text).length;
  if (bytes(field) > MAX_BYTES) return `${bytes(field)} bytes`;
  for (const part of field.split("/")) {
    if (part === "") return "an empty part";
    if (/^\.+$/.test(part)) return `"${part}"`;
    if (bytes(part) > MAX_PART_BYTES) return `a part of ${bytes(part)} bytes`;
    if (/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\\]/u.test(part)) return "a control character";
    if (part === "zarr.json" || part.startsWith("__")) {
      return `"${part}", which Zarr keeps to itself`;
    }
  }
  return null;
}

function shortened(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`;
}
