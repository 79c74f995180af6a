/**
 * The bytes of a file that a person names, which is neither too large nor a stream without an end.
 *
 * @param path Absolute
 * @param most Bytes
 * @throws {RangeError} If it is no file or larger; the message says what it is
 */
export async function readBounded(path: string, most: number): Promise<Uint8Array> {
  const { isFile, size } = await Deno.stat(path);
  if (!isFile) throw new RangeError("something else than a file");
  if (size > most) throw new RangeError(`${size} bytes`);
  return await Deno.readFile(path);
}
