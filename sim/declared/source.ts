import { InvalidInputError } from "../../core/errors.ts";
import { type Finding, findingsError } from "../../core/findings.ts";
import { checkActionConfig } from "../action_bank/bank.ts";
import type {
  EnvironmentDefinition,
  EnvironmentOption,
  EnvironmentOptions,
} from "../world/environment.ts";
import { checkGymConfig } from "./check_gym_config.ts";
import { DECLARED, declaredEnvironment, type DeclaredSource } from "./environment.ts";
import type { Recorder } from "./config/gym_config_types.ts";
import { controlHzOf } from "./spaces.ts";

/** Largest config, in characters of JSON: every task of a run and every dataset carries it. */
const MAX_LENGTH = 65_536;

/** A config that a user gave, and how messages name its places. */
export interface ConfigValue {
  readonly value: unknown;
  /** Name of the file. */
  readonly name: string;
  /** See `parseDataFile()`. */
  readonly locate?: (path: Finding["path"]) => string;
}

/** Options of a declared environment: the configs themselves, as JSON. */
const DECLARED_OPTIONS: readonly EnvironmentOption[] = [
  { name: "gym", description: "Gym config, as JSON", text: true, default: "" },
  { name: "actions", description: "Action config of its expert, as JSON", text: true, default: "" },
];

/** A scene without anything to do: what there is without a config. */
const EMPTY = { id: "Empty", robot: { robot_type: "SingleArm" } };

/** Assets that were found by reading the files of a gym config. */
export interface ReadAssets {
  readonly findings: readonly Finding[];
  /** Whether the links of all articulations are known. */
  readonly hasLinks: boolean;
}

/**
 * Checks a gym config and an action config, and identifies the environment by their contents: equal
 * contents are equal options, wherever the files are.
 *
 * @throws {InvalidInputError} If one is wrong; the message has the place in its file
 */
export function readDeclared(
  gym: ConfigValue,
  actions: ConfigValue | null,
  assets: ReadAssets = { findings: [], hasLinks: true },
): DeclaredSource {
  const { config, findings } = checkGymConfig(gym.value, assets);
  if (config === null || assets.findings.length > 0) {
    throw findingsError({ what: "gym config", ...gym }, [...assets.findings, ...findings]);
  }
  const options = {
    gym: textOf(gym),
    actions: actions === null ? "" : textOf(actions),
  };
  if (actions === null) return { config, bank: null, options };
  const result = checkActionConfig(actions.value, config);
  if (result.bank === null) {
    throw findingsError({ what: "action config", ...actions }, result.findings);
  }
  return { config, bank: result.bank, options };
}

function textOf({ value, name }: ConfigValue): string {
  const text = JSON.stringify(value);
  if (text.length <= MAX_LENGTH) return text;
  throw new InvalidInputError({
    action: "use",
    place: name,
    expected: `at most ${MAX_LENGTH} characters of JSON`,
    found: text.length,
    remedy: "split the scene",
  });
}

/** When the expert of an environment moves what, null if no action config says. */
export function expertSchedule(
  environment: string,
  { gym, actions }: EnvironmentOptions = {},
): ExpertSchedule | null {
  if (environment !== DECLARED || typeof actions !== "string" || actions === "") return null;
  const { config, bank } = sourceOf({ gym: gym ?? "", actions });
  const bars = bank!.schedule.entries.map(({ edge: { scope, name }, begin, end }) => ({ // of the actions
    row: scope,
    name,
    begin,
    end,
  }));
  return { bars, controlHz: controlHzOf(config) };
}

/** Returns the settings of the recorder in an environment's config; null if it has none. */
export function recorderOf(
  environment: string,
  { gym, actions }: EnvironmentOptions = {},
): Recorder | null {
  if (environment !== DECLARED || typeof gym !== "string") return null;
  const { config } = sourceOf({ gym, actions: actions ?? "" });
  return Object.values(config.env.dataset)[0]?.params ?? null;
}

/** Movements in control steps `begin` … `end − 1`, by part of the robot. */
export interface ExpertSchedule {
  readonly bars: readonly {
    readonly row: string;
    readonly name: string;
    readonly begin: number;
    readonly end: number;
  }[];
  readonly controlHz: number;
}

/** The environment of stored options, or an empty scene where they name none. */
export function declaredFrom(stored: EnvironmentOptions): EnvironmentDefinition {
  const options = { gym: String(stored["gym"] ?? ""), actions: String(stored["actions"] ?? "") };
  return {
    ...declaredEnvironment({ ...sourceOf(options), options }),
    options: DECLARED_OPTIONS,
    withOptions: declaredFrom,
  };
}

function sourceOf({ gym, actions }: EnvironmentOptions): DeclaredSource {
  return readDeclared(
    { value: parse(gym, EMPTY), name: "gym" },
    actions === "" ? null : { value: parse(actions, null), name: "actions" },
  );
}

function parse(text: string | boolean | undefined, otherwise: unknown): unknown {
  if (typeof text !== "string" || text === "") return otherwise;
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidInputError({
      action: "read options of environment",
      place: "declared",
      expected: "JSON",
      found: JSON.stringify(text.slice(0, 40)),
      remedy: "name a file by gymConfig",
    });
  }
}
