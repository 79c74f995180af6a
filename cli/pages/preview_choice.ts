import { InvalidInputError } from "../../core/errors.ts";
import { DECLARED, type EnvironmentDefinition, getEnvironment } from "../../sim/mod.ts";
import { importModules } from "../../runtime/prepare/code_modules.ts";
import { readEnvironmentPair } from "../../runtime/prepare/environment_files.ts";
import { noteLine } from "../kit/output.ts";
import { flagName } from "../kit/flags.ts";
import type { PreviewOptions } from "./preview.ts";
import { workingDirectory } from "../kit/places.ts";

/** Flags that say something of saving, or of another way to look. */
const NOT_LIVE = [
  "headless",
  "filterDatasetSaving",
  "saveFailedEpisodes",
  "plan",
  "rerun",
  "json",
  "logJson",
  "keep",
] as const;

/** Flags of a preview. */
export interface PreviewFlags extends Readonly<Record<typeof NOT_LIVE[number], boolean>> {
  readonly preview: boolean;
  readonly gymConfig: string | undefined;
  readonly actionConfig: string | undefined;
  readonly policy: string | undefined;
  readonly seed: number;
  readonly port: number | undefined;
  readonly module: readonly string[];
}

/**
 * Refuses what makes no sense together: a page and no page, two environments.
 *
 * @param name Of an environment that has no gym config
 * @throws {InvalidInputError} If there is such a thing
 */
export function checkPreviewFlags(name: string | undefined, flags: PreviewFlags): void {
  const action = 'run "run-env"';
  if (name !== undefined && !flags.preview) {
    throw new InvalidInputError({
      action: `${action} on`,
      place: name,
      expected: "--preview",
      found: "none",
      remedy: `to save episodes of it, run "deno task generate ${name}"`,
    });
  }
  if (name !== undefined && (flags.gymConfig ?? flags.actionConfig) !== undefined) {
    throw new InvalidInputError({
      action: `${action} on`,
      place: name,
      expected: "a name or config files",
      found: "both",
      remedy: "omit one",
    });
  }
  if (!flags.preview && flags.port !== undefined) {
    throw new InvalidInputError({
      action: `${action} with`,
      place: "--port",
      expected: '"--preview" with it',
      found: "none",
      remedy: "add --preview, or omit --port",
    });
  }
  const other = NOT_LIVE.find((name) => flags[name]);
  if (!flags.preview || other === undefined) return;
  throw new InvalidInputError({
    action: `${action} with "--preview" and`,
    place: `--${flagName(other)}`,
    expected: "one of them",
    found: "both",
    remedy: "omit one, since a preview saves nothing",
  });
}

/**
 * Finds the environment that a command line requests, as a `generate` stage with the same seed
 * would have it: randomized if a file declares it, and unchanged if only its name is given.
 *
 * @throws {InvalidInputError} If there is no such environment, or a file is wrong
 */
export async function choosePreview(
  environment: string | undefined,
  { gymConfig, actionConfig, policy, seed, port, module }: PreviewFlags,
): Promise<PreviewOptions> {
  await importModules(module, workingDirectory());
  const common = { seed, stream: "generate", port };
  if (gymConfig !== undefined) {
    const { config, options } = await readEnvironmentPair(
      gymConfig,
      actionConfig ?? null,
      { from: workingDirectory(), onNote: noteLine },
    );
    const declared = getEnvironment(DECLARED, options), name = config.id;
    const acts = choosePolicy(declared, policy);
    return { ...common, name, environment: declared, policy: acts, randomize: true };
  }
  if (environment === undefined) {
    throw new InvalidInputError({
      action: 'run "run-env" with',
      place: "--preview",
      expected: "a gym config or an environment",
      found: "neither",
      remedy: 'add --gym-config FILE, or run "deno task run-env reach --preview"',
    });
  }
  const named = getEnvironment(environment);
  const acts = choosePolicy(named, policy);
  return { ...common, name: environment, environment: named, policy: acts, randomize: false };
}

/**
 * Returns the name of the acting policy: the requested one, or the expert if there is one.
 *
 * @throws {InvalidInputError} If the environment has no such policy
 */
export function choosePolicy(
  { policies }: EnvironmentDefinition,
  policy: string | undefined,
): string {
  if (policy === undefined) return policies.includes("scripted") ? "scripted" : "random";
  if (policies.includes(policy)) return policy;
  throw new InvalidInputError({
    action: 'run "run-env" with',
    place: `--policy ${policy}`,
    expected: policies.join(" or "),
    remedy: policy === "scripted"
      ? "add --action-config FILE"
      : "choose one, or add --module with the module that registers it",
  });
}
