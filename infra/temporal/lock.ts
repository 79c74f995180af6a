/**
 * Runs a function under a lock that one process at a time can hold; the system releases the lock of
 * a process that dies.
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
