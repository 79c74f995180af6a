import type { JsonValue } from "../../core/canonical.ts";
import type { Finding } from "../findings.ts";
import { parseVariant } from "../variants/variant_name.ts";
import type { Resolution, ResolvedSite } from "./kind.ts";

/** Whether evaluations meet the same episodes, as far as their declarations tell. */

/** Identity of a stage's episodes, by name of its parts. */
type EpisodeIdentity = Readonly<Record<string, JsonValue>>;

/**
 * Evaluations whose episode i does not begin like that of the others.
 *
 * @param groups Inputs that must share their episodes with each other, by name
 */
export function checkCommonEpisodes(
  { name, resolutions }: ResolvedSite,
  groups: readonly (readonly string[])[],
): readonly Finding[] {
  for (const inputs of groups) {
    const identities = inputs.flatMap((input) => {
      const resolution = resolutions.get(input);
      const identity = resolution === undefined ? null : identityOf(input, resolution);
      return identity === null ? [] : [{ input, identity }];
    });
    const [first, ...others] = identities;
    for (const { input, identity } of others) {
      const field = differingField(first!.identity, identity);
      if (field === undefined) continue;
      const found = [first!.identity, identity].map((one) => JSON.stringify(one[field]));
      return [{
        check: "mixed-environments",
        path: ["stages", name, "from"],
        problem: `"${first!.input}" and "${input}" do not share their episodes: ${field} is ` +
          found.join(" and "),
        remedy: REMEDIES[field] ?? `give both the same ${field}, or set paired: false`,
      }];
    }
  }
  return [];
}

function differingField(a: EpisodeIdentity, b: EpisodeIdentity): string | undefined {
  return Object.keys(a).find((field) => JSON.stringify(a[field]) !== JSON.stringify(b[field]));
}

const REMEDIES: Readonly<Record<string, string>> = {
  environment: "compare evaluations in one environment",
  options: "compare evaluations with the same options of the environment",
};

function identityOf(
  name: string,
  { stage, environment, options = {} }: Resolution,
): EpisodeIdentity | null {
  if (environment === null || stage["episodes"] === undefined) return null; // no evaluation
  return {
    environment,
    options: { ...options },
    seed: stage.seed ?? null,
    stream: stage.stream ?? parseVariant(name).base,
    randomize: JSON.parse(JSON.stringify(stage["randomize"] ?? false)),
  };
}
