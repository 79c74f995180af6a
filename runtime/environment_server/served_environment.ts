import type { FieldSpec } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { suggestName } from "../../core/suggest.ts";
import { CAMERAS, checkCameras } from "../../pipelines/kinds/cameras.ts";
import {
  cameraFields,
  type CameraSpec,
  DECLARED,
  type EnvironmentDefinition,
  getEnvironment,
  type RandomizationSpec,
  type Randomize,
  selectRandomization,
  viewsOf,
} from "../../sim/mod.ts";
import { importModules } from "../prepare/code_modules.ts";
import { camerasOf, readEnvironmentPair } from "../prepare/environment_files.ts";
import type { Hello } from "./hello.ts";

/** Handling of a world whose episode is over, by the names of Gymnasium's `AutoresetMode`. */
export type Autoreset = "disabled" | "next-step" | "same-step";

/** Size of pictures (px). */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** An environment as a client asked for it. */
export interface ServedEnvironment {
  readonly environment: EnvironmentDefinition;
  readonly randomize: Randomize;
  /** Randomization that is selected. */
  readonly selected: readonly RandomizationSpec[];
  readonly cameras: readonly CameraSpec[];
  /** Their columns. */
  readonly cameraFields: readonly FieldSpec[];
  readonly maxSteps: number;
  /** Name of the policy that may be asked, null where none was named. */
  readonly policy: string | null;
  readonly autoreset: Autoreset;
  readonly picture: PictureSize | null;
}

/**
 * Finds and makes the environment that a client asks for.
 *
 * @throws {InvalidInputError} If there is no such environment, or it has not what is asked of it
 */
export async function serveEnvironmentOf(hello: Hello): Promise<ServedEnvironment> {
  await importModules(hello.modules ?? [], Deno.cwd());
  const { environment, declared } = await findEnvironment(hello);
  const { maxSteps = environment.maxSteps, policy = null } = hello;
  if (maxSteps > environment.maxSteps) {
    throw new InvalidInputError(
      `Cannot make environment "${environment.name}": expected maxSteps of at most ` +
        `${environment.maxSteps}, found ${maxSteps}: lower it`,
    );
  }
  if (policy !== null && !environment.policies.includes(policy)) {
    throw new InvalidInputError(
      `Cannot find policy "${policy}" of "${environment.name}": ` +
        suggestName(policy, environment.policies),
    );
  }
  const randomize = hello.randomize ?? declared?.randomize ?? false;
  requireCameras(environment, hello.cameras ?? []);
  const cameras = hello.cameras ?? declared?.cameras ?? [];
  return {
    environment,
    randomize,
    selected: selectRandomization(environment.randomization, randomize),
    cameras,
    cameraFields: cameraFields(cameras),
    maxSteps,
    policy,
    autoreset: hello.autoreset ?? "disabled",
    picture: hello.picture ?? null,
  };
}

interface Found {
  readonly environment: EnvironmentDefinition;
  /**
   * Declaration of the environment in files, as in a stage; null for an environment by its name.
   */
  readonly declared:
    | { readonly randomize: true; readonly cameras: readonly CameraSpec[] }
    | null;
}

async function findEnvironment(
  { environment: name, options, gymConfig, actionConfig }: Hello,
): Promise<Found> {
  if (gymConfig !== undefined && name === undefined && options === undefined) {
    const source = await readEnvironmentPair(gymConfig, actionConfig ?? null, {
      from: Deno.cwd(),
    });
    // With the defaults that a stage fills in.
    const cameras = CAMERAS.optional().parse(camerasOf(source.config).cameras) ?? [];
    const environment = getEnvironment(DECLARED, source.options);
    return { environment, declared: { randomize: true, cameras } };
  }
  if (name !== undefined && gymConfig === undefined && actionConfig === undefined) {
    return { environment: getEnvironment(name, options), declared: null };
  }
  throw new InvalidInputError(
    "Cannot make an environment: expected its name, with options or without, or a gym config, with " +
      `an action config or without, found ${
        name === undefined ? "neither" : `both "${name}" and a config`
      }: give one of them`,
  );
}

function requireCameras(
  environment: EnvironmentDefinition,
  cameras: NonNullable<Hello["cameras"]>,
): void {
  const [finding] = checkCameras(["cameras"], cameras, {
    views: viewsOf(environment),
    isSpatial: environment.cameras !== undefined,
  });
  if (finding === undefined) return;
  throw new InvalidInputError(
    `Cannot take pictures of "${environment.name}": ${finding.path.join(".")}: ` +
      `${finding.problem}: ${finding.remedy}`,
  );
}
