import { z } from "zod";

/**
 * Makes the schema of a key that is not supported here: it rejects the key with the reason, at its
 * place.
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
  return z.custom<Value>((given) => given === value, { error: `expected ${value}: ${reason}` })
    .optional();
}
