import { inParallel } from "../blobs/in_parallel.ts";

/** Objects moved at a time: a store answers in some 20 ms, whatever the size of a small one. */
const PARALLEL = 16;

/** Moves objects, some at a time; the first failure ends it. @throws What that threw */
export function moveAll<Item>(
  items: Iterable<Item>,
  move: (item: Item) => Promise<void>,
): Promise<void> {
  return inParallel(items, { most: PARALLEL, handle: move });
}
