import { rowSize } from "../../core/episode.ts";
import { describeValues, type OnnxValueInfo } from "../../learn/foreign.ts";
import { refuse } from "./refuse.ts";

/** Most elements of an input: 64 MiB in single precision. */
const MAX_ELEMENTS = 2 ** 24;

/**
 * The first of some shapes that an input takes: of its rank, and of its sizes where the file gives
 * them.
 *
 * @throws {InvalidInputError} If it takes none of them
 */
export function fitShape(
  info: OnnxValueInfo,
  candidates: readonly (readonly number[])[],
): readonly number[] {
  const { name, shape } = info;
  const fits = candidates.find((candidate) =>
    candidate.length === shape.length &&
    shape.every((size, axis) => typeof size === "string" || size === candidate[axis])
  );
  if (fits !== undefined) return fits;
  const ofRank = candidates.filter(({ length }) => length === shape.length);
  const shapes = (ofRank.length === 0 ? candidates : ofRank).map((sizes) =>
    `[${sizes.join(", ")}]`
  );
  throw refuse(`inputs.${name}`, {
    expected: `an input that takes ${[...new Set(shapes)].join(" or ")}`,
    found: describeValues([info]),
    remedy: "correct its description, or export the model with a batch of 1 or an open batch",
  });
}

/**
 * The shape of an input of any size, in which open dimensions are 1 unless they are given.
 *
 * @throws {InvalidInputError} If the given shape is another, or it is too large
 */
export function openShape(
  info: OnnxValueInfo,
  given: readonly number[] | undefined,
): readonly number[] {
  const { name, shape } = info, found = describeValues([info]);
  if (given !== undefined) {
    const fits = given.length === shape.length &&
      shape.every((size, axis) => typeof size === "string" || size === given[axis]);
    if (!fits) {
      throw refuse(`inputs.${name}.shape`, {
        expected: `a shape of ${found}`,
        found: `[${given.join(", ")}]`,
        remedy: "correct it, or omit it",
      });
    }
  }
  const sizes = given ?? shape.map((size) => typeof size === "string" ? 1 : size);
  if (rowSize(sizes) <= MAX_ELEMENTS) return sizes;
  throw refuse(`inputs.${name}`, {
    expected: `at most ${MAX_ELEMENTS} elements`,
    found,
    remedy: "export a smaller model",
  });
}
