import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import canonicalize from "canonicalize";

/** A value that JSON can hold. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/**
 * The canonical JSON text of a value (RFC 8785): one value, one text, on every machine.
 *
 * @throws {TypeError} If the value cannot be held by JSON
 */
export function canonicalJson(value: JsonValue): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError(`Cannot write as canonical JSON: ${typeof value}`);
  return text;
}

/**
 * Requires a value that JSON restores unchanged: without holes in lists and numbers that are not
 * finite, which would silently be left out or become null.
 *
 * @param place Of the value, as the error names it
 * @throws {TypeError} If it holds something else; the message has the place
 */
export function requireJson(value: unknown, place: string): asserts value is JsonValue {
  if (value === null || typeof value === "string" || typeof value === "boolean") return;
  if (typeof value === "number" && Number.isFinite(value)) return;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) requireJson(value[i], `${place}[${i}]`); // holes too
    return;
  }
  if (typeof value !== "object") {
    throw new TypeError(`Cannot write "${place}": expected a value of JSON, found ${value}`);
  }
  for (const [key, part] of Object.entries(value)) {
    if (part !== undefined) requireJson(part, `${place}.${key}`); // an absent property
  }
}

/**
 * SHA-256 of a text (as UTF-8) or of bytes, 64 lower-case hex digits.
 *
 * Pure JavaScript, because workflows reach this file; `store/` hashes chunks natively.
 */
export function sha256Hex(data: string | Uint8Array): string {
  return bytesToHex(sha256(typeof data === "string" ? utf8ToBytes(data) : data));
}

/** SHA-256 of the canonical JSON of a value, 64 lower-case hex digits. */
export function digestOf(value: JsonValue): string {
  return sha256Hex(canonicalJson(value));
}

/** The first 12 hex digits of a key: what paths and workflow ids carry. */
export function shortKey(key: string): string {
  return key.slice(0, 12);
}
