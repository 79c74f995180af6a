import { isAlias, isMap, isScalar, isSeq, visit } from "yaml";
import type { Document, Pair, YAMLMap } from "yaml";

/**
 * Checks for what YAML allows and a file of data must not have: duplicate keys, numbers that change
 * on reading, and unbounded size.
 */

/** Maximum number of maps that merge keys may add up to, each counted as often as it is merged. */
const MAX_MERGED = 250;

/** Keys of all maps together: a declaration has hundreds, and each costs checks and messages. */
const MAX_KEYS = 10_000;

/** Something that is wrong at a place of a text. */
export interface TextFault {
  /** Characters before the place. */
  readonly offset: number;
  readonly check: string;
  readonly problem: string;
  readonly remedy: string;
}

/** Finds the first fault of a parsed text, null if there is none. */
export function findTextFault(document: Document.Parsed): TextFault | null {
  return findKeyFault(document) ?? findInexactInteger(document) ?? findLargeMerge(document);
}

/** Finds a duplicate key in a map, or the first key beyond the limit. */
function findKeyFault(document: Document.Parsed): TextFault | null {
  let fault: TextFault | null = null, count = 0;
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<unknown>();
      for (const pair of items) {
        const { key } = pair;
        if (!isScalar(key)) continue;
        const offset = key.range?.[0] ?? 0;
        if (++count > MAX_KEYS) {
          const problem = `expected at most ${MAX_KEYS} keys in all, found more`;
          fault = { offset, check: "too-many-keys", problem, remedy: "write fewer" };
        } else if (seen.has(key.value) && !isMerge(pair)) {
          const problem = "Map keys must be unique";
          const remedy = "rename or remove one of the two";
          fault = { offset, check: "duplicate-key", problem, remedy };
        }
        if (fault !== null) return visit.BREAK;
        seen.add(key.value);
      }
      return undefined;
    },
  });
  return fault;
}

/** An integer that JavaScript's numbers would change on reading. */
function findInexactInteger(document: Document.Parsed): TextFault | null {
  let fault: TextFault | null = null;
  visit(document, {
    Scalar(_, { value, source, range }) {
      if (typeof value !== "number" || source === undefined) return;
      if (Number.isSafeInteger(value) || !/^([-+]?\d+|0[xo][\da-f]+)$/i.test(source)) return;
      fault = {
        offset: range?.[0] ?? 0,
        check: "inexact-integer",
        problem: `expected an integer from -(2^53 - 1) to 2^53 - 1, found ${source.slice(0, 40)}`,
        remedy: `write at most ${Number.MAX_SAFE_INTEGER}`,
      };
      return visit.BREAK;
    },
  });
  return fault;
}

/** Finds a map that merges itself, or so many others that reading it takes long. */
function findLargeMerge(document: Document.Parsed): TextFault | null {
  const merged = new Map<YAMLMap, number>();
  let keys = 0;
  let fault: TextFault | null = null;
  const refuse = (map: YAMLMap, problem: string) => {
    const offset = map.range?.[0] ?? 0;
    fault ??= { offset, check: "large-merge", problem, remedy: "write the values out" };
    return Infinity;
  };
  /** Counts the maps that one stands for, including itself. */
  function sizeOf(map: YAMLMap): number {
    const known = merged.get(map);
    if (known === 0) return refuse(map, "a map merges itself by <<");
    if (known !== undefined) return known;
    merged.set(map, 0); // under way
    const sizes = mergedMaps(map, document).map(sizeOf);
    const size = sizes.reduce((sum, each) => sum + each, 1);
    merged.set(map, size);
    return size <= MAX_MERGED ? size : refuse(map, `<< merges more than ${MAX_MERGED} maps`);
  }
  visit(document, {
    Map(_, map) {
      // Each look-up of an anchor goes through the text.
      keys += map.items.filter(isMerge).length;
      if (keys > MAX_MERGED) refuse(map, `<< stands in more than ${MAX_MERGED} maps`);
      else sizeOf(map);
      return fault === null ? undefined : visit.BREAK;
    },
  });
  return fault;
}

/** The maps that the merge keys of one name, the one that counts first. */
export function mergedMaps(map: YAMLMap, document: Document): readonly YAMLMap[] {
  return map.items.filter(isMerge).flatMap(({ value }): YAMLMap[] => {
    const named = resolveAlias(value, document);
    const maps = isSeq(named) ? named.items.map((item) => resolveAlias(item, document)) : [named];
    return maps.filter((each): each is YAMLMap => isMap(each));
  });
}

function isMerge({ key }: Pair): boolean {
  return isScalar(key) && key.type === "PLAIN" && key.source === "<<";
}

/** Returns the node of an alias, or a node that is not an alias unchanged. */
function resolveAlias(node: unknown, document: Document): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}
