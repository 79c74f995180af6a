import type { ResolvedSite } from "./kind.ts";
import { train } from "./train.ts";

/** Names of the models that the inputs of a stage have trained, in declared order. */
export function trainedModels(
  { resolution: { stage }, resolutions }: ResolvedSite<
    { readonly from?: string | readonly string[] | undefined }
  >,
): readonly string[] {
  return [stage.from ?? []].flat().flatMap((input) => {
    const found = resolutions.get(input)?.stage;
    return found?.kind === train.kind && typeof found["model"] === "string" ? [found["model"]] : [];
  });
}
