import { InvalidInputError } from "../../core/errors.ts";

/** The error of a description, or of a model, that does not fit. @param place Path in the description */
export function refuse(
  place: string,
  fields: {
    readonly expected: string;
    readonly found: string | number;
    readonly remedy: string;
  },
): InvalidInputError {
  return new InvalidInputError({ action: "use the ONNX policy", place, ...fields });
}
