/** Reads JSON from foreign files. */

/** Parses an object in JSON; returns an empty one if the text is none. */
export function jsonOf(text: string | null): Readonly<Record<string, unknown>> {
  try {
    return asRecord(JSON.parse(text ?? ""));
  } catch {
    return {}; // whatever the text says, the episodes are there
  }
}

/** Returns a value as an object, or an empty one if it is none. */
export function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  const isRecord = typeof value === "object" && value !== null && !Array.isArray(value);
  return isRecord ? value as Record<string, unknown> : {}; // an object has properties
}
