/**
 * Handles items in their order, some at a time. After a failure none is begun, and those in progress
 * are waited for.
 *
 * @throws What the first failure threw
 */
export async function inParallel<Item>(
  items: Iterable<Item>,
  { most, handle }: {
    /** Items that are handled at a time. */
    readonly most: number;
    readonly handle: (item: Item) => Promise<void>;
  },
): Promise<void> {
  const queue = items[Symbol.iterator]();
  let failure: { readonly error: unknown } | null = null;
  const work = async () => {
    for (let next = queue.next(); !next.done && failure === null; next = queue.next()) {
      try {
        await handle(next.value);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: most }, work));
  const found = failure as { readonly error: unknown } | null; // the closures have set it
  if (found !== null) throw found.error;
}
