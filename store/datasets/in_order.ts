/** Work that is begun ahead of what is taken. */
export interface Ahead<Item> {
  /** Items in progress, at most. */
  readonly most: number;
  /** Weight of an item; none if absent. */
  readonly weigh?: (item: Item) => number;
  /** Weight of those in progress, at most, where there are several; any if absent. */
  readonly mostWeight?: number;
}

/**
 * Begins some items ahead, and yields their results in the order of the items.
 *
 * @throws What the first item, in their order, threw
 */
export async function* inOrder<Item, Result>(
  items: readonly Item[],
  begin: (item: Item) => Promise<Result>,
  { most, weigh = () => 0, mostWeight = Infinity }: Ahead<Item>,
): AsyncGenerator<{ readonly item: Item; readonly result: Result }> {
  const begun: Promise<Result>[] = [];
  let next = 0, weight = 0;
  for (const item of items) {
    for (let more = items[next]; more !== undefined; more = items[next]) {
      const isEnough = begun.length >= most || weight + weigh(more) > mostWeight;
      if (begun.length > 0 && isEnough) break;
      const result = begin(more);
      result.catch(() => {}); // whoever comes to it meets the error
      begun.push(result);
      weight += weigh(more);
      next++;
    }
    yield { item, result: await begun.shift()! }; // the first of them is that of the item
    weight -= weigh(item);
  }
}
