import { z } from "zod";

/**
 * Keys of configs that have no meaning here: whoever writes one is told why, where it stands.
 *
 * @param reason Behind "expected nothing:"
 */
export function absent(reason: string) {
  return z.custom<undefined>((value) => value === undefined, {
    error: `expected nothing: ${reason}`,
  }).optional();
}

/** The same of a key that has a meaning with one value only, which is what happens without it. */
export function absentUnless<Value extends number | boolean>(value: Value, reason: string) {
  return z.literal(value, { error: `expected ${value}: ${reason}` }).optional();
}
