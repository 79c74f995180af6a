import type { AnyStage } from "../../pipelines/mod.ts";
import { kindOf } from "../../pipelines/mod.ts";
import { resolve } from "node:path";
import { InvalidInputError } from "../../core/errors.ts";
import { valueAt } from "../../core/findings.ts";
import type { PipelineDeclaration, RunEnvOptions, StageDeclaration } from "../../pipelines/mod.ts";
import {
  type ConfigValue,
  DECLARED,
  declaredCameras,
  type DeclaredSource,
  readDeclared,
} from "../../sim/mod.ts";
import { readArticulations, URDF_CHECK } from "./articulation_files.ts";
import type { AssetLog } from "./asset_file.ts";
import { readMeshes } from "./mesh_files.ts";
import { userPath } from "../data/data_root.ts";
import { readTextFile } from "./text_file.ts";

/** Takes what is not as it looks in the files of an environment. */
export type OnNote = (note: string) => void;

/** Options for reading the files of an environment. */
export interface ReadEnvironmentOptions {
  /** Absolute path of the person's directory; absolute paths need none. */
  readonly from?: string;
  /** Takes what is not as it looks. */
  readonly onNote?: OnNote;
}

/**
 * Reads the files that declare an environment, and checks them.
 *
 * @param gym Absolute path of a gym config, or as a person names it
 * @param actions Likewise of an action config, null if there is none
 * @throws {InvalidInputError} If one cannot be read or is wrong; the message tells of everything that
 * is wrong with the gym config or, where nothing is, with the action config, with line and column
 */
export async function readEnvironmentPair(
  gym: string,
  actions: string | null,
  { from = "/", onNote = () => {} }: ReadEnvironmentOptions = {},
): Promise<DeclaredSource> {
  const log: AssetLog = { config: userPath(gym, from), findings: [], notes: [] };
  const scene = await readConfig(gym, "a gym config in JSON or YAML", from);
  const expert = actions === null
    ? null
    : await readConfig(actions, "an action config in JSON or YAML", from);
  requireKind(scene, "gym");
  if (expert !== null) requireKind(expert, "action");
  const config = await readArticulations(await readMeshes(scene, log), log);
  const source = readDeclared(
    config,
    expert,
    {
      findings: log.findings,
      hasLinks: !log.findings.some(({ check }) => check === URDF_CHECK),
    },
  );
  for (const note of log.notes) onNote(`note: ${gym}: ${note}`);
  return source;
}

async function readConfig(file: string, expected: string, from: string): Promise<ConfigValue> {
  if (!/\.(json|ya?ml)$/i.test(file)) {
    throw new InvalidInputError({
      action: "read",
      place: file,
      expected: "a .json, .yaml or .yml file",
      remedy: `give ${expected}`,
    });
  }
  // The library for YAML is loaded where there is a file.
  const { parseDataFile } = await import("../../core/data_file.ts");
  const { value, locate } = parseDataFile(await readTextFile(file, expected, from), file, expected);
  return { value, name: file, locate };
}

/** Keys that tell the two kinds of config apart. */
const KEYS = { gym: ["id", "robot"], action: ["scope", "node", "edge"] } as const;

/** @throws {InvalidInputError} If a config is of the other kind: what is wrong with it then says nothing */
function requireKind({ value, name }: ConfigValue, kind: keyof typeof KEYS): void {
  const other = kind === "gym" ? "action" : "gym";
  const has = (keys: readonly string[]) => keys.some((key) => valueAt(value, [key]) !== undefined);
  if (has(KEYS[kind]) || !has(KEYS[other])) return;
  throw new InvalidInputError({
    action: `use ${kind} config`,
    place: name,
    expected: KEYS[kind].join(", "),
    found: `${KEYS[other].join(", ")}, which ${other === "gym" ? "a gym" : "an action"} ` +
      "config has",
    remedy: "swap the two files",
  });
}

/**
 * Replaces the files of gym and action configs in a declaration by their contents, so that equal
 * contents are the same stage wherever they are. Randomization is on unless a stage says otherwise,
 * because the config declares it.
 *
 * @param folder Where paths begin
 * @throws {InvalidInputError} If a file cannot be read or is wrong
 */
export async function readEnvironmentFiles(
  declaration: PipelineDeclaration,
  folder: string,
  onNote: OnNote = () => {},
): Promise<PipelineDeclaration> {
  const stages: [string, StageDeclaration][] = [];
  for (const [name, stage] of Object.entries(declaration.stages)) {
    stages.push([
      name,
      await readStageFiles(`${declaration.name}.${name}`, stage, { folder, onNote }),
    ]);
  }
  return { ...declaration, stages: Object.fromEntries(stages) };
}

/** Parts of a simulating stage that can name files. */
type Simulating = Omit<AnyStage, "environment" | "gymConfig" | "actionConfig"> & {
  readonly environment?: string;
  readonly gymConfig?: string;
  readonly actionConfig?: string;
};

async function readStageFiles(
  name: string,
  stage: StageDeclaration,
  { folder, onNote }: { readonly folder: string; readonly onNote: OnNote },
): Promise<StageDeclaration> {
  const kind = kindOf(stage);
  if (!kind.simulates) return stage;
  // Kinds that simulate have these parameters, and the schema has accepted them.
  const { gymConfig, actionConfig, ...rest } = stage as unknown as Simulating;
  if (gymConfig === undefined && actionConfig === undefined) return stage;
  if (gymConfig === undefined || rest.environment !== DECLARED) {
    throw new InvalidInputError({
      action: "use pipeline stage",
      place: name,
      expected: `environment: ${DECLARED} with gymConfig`,
      found: `${rest.environment ?? "no environment"} with ${gymConfig ?? "no gymConfig"}`,
      remedy: `set environment: ${DECLARED} and gymConfig`,
    });
  }
  const at = (path: string) => resolve(folder, path);
  const { options, config } = await readEnvironmentPair(
    at(gymConfig),
    actionConfig === undefined ? null : at(actionConfig),
    { onNote },
  );
  const cameras = "cameras" in kind.schema.shape ? camerasOf(config) : {};
  return { randomize: true, ...cameras, ...rest, options } as unknown as StageDeclaration; // of the same kind
}

/** The cameras of a gym config as a generate stage declares them; nothing if it has none. */
export function camerasOf(config: DeclaredSource["config"]): Pick<RunEnvOptions, "cameras"> {
  const cameras = declaredCameras(config);
  return cameras.length === 0 ? {} : { cameras: [...cameras] };
}
