/**
 * Reads the body of an answer, and no further than just beyond a limit: what is longer is no whole
 * body, and whoever sends it may never end.
 *
 * @param most Largest body that is whole, in bytes
 * @param onBytes Called with their number whenever some have come
 */
export async function readAnswer(
  response: Response,
  most: number,
  onBytes: (count: number) => void = () => {},
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    onBytes(part.length);
    parts.push(part);
    length += part.length;
    if (length > most) break; // which cancels the rest
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
