/** Reads JSON from foreign files. */

/** An object in JSON; an empty one where the text is none. */
export function jsonOf(text: string | null): Readonly<Record<string, unknown>> {
  try {
    return asRecord(JSON.parse(text ?? ""));
  } catch {
    return {}; // whatever the text says, the episodes are there
  }
}

/** A value as an object, an empty one where it is none. */
export function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  const isRecord = typeof value === "object" && value !== null && !Array.isArray(value);
  return isRecord ? value as Record<string, unknown> : {}; // an object has properties
}
