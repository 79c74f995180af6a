import { z } from "zod";

/** Kinds of values that the sections of a gym config share. */

/** Schema of the names of entities, functors and fields. */
export const NAME = z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,62}$/, {
  error: "expected a name of letters, digits and _ that begins with a letter",
});

export const FINITE = z.number().min(-1e6).max(1e6);

export const FRACTION = z.number().min(0).max(1);

/** Schema of a point (m) or a direction. */
export const POINT = z.tuple([FINITE, FINITE, FINITE], {
  error: "expected three numbers [x, y, z]",
});

export const COLOUR = z.tuple([FRACTION, FRACTION, FRACTION], {
  error: "expected red, green and blue from 0 to 1",
});

/** Schema of a length (m). */
export const LENGTH = z.number().gt(0).max(100);
