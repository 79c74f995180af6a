/**
 * Lets one process at a time do something; the system releases the lock of one that dies.
 *
 * @param file Stays there; its content is of no meaning
 */
export async function withLock<Result>(
  file: string,
  work: () => Promise<Result>,
): Promise<Result> {
  using lock = await Deno.open(file, { write: true, create: true });
  await lock.lock(true);
  return await work();
}
