import { statSync } from "node:fs";
import {
  type EpisodeSchema,
  type EpisodeTable,
  type FieldSpec,
  rowSize,
} from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { type EnvironmentDefinition, getEnvironment } from "../../sim/mod.ts";
import { userPath } from "./data_root.ts";

/** An exported trajectory, as an episode of its environment. */
export interface OpenedTrajectory {
  readonly schema: EpisodeSchema;
  readonly environment: EnvironmentDefinition;
  readonly table: EpisodeTable;
  readonly streams: readonly string[];
}

/** Environment of a file that does not name one. */
const ENVIRONMENT = "quadruped";

/** Returns whether a person names a trajectory file, by its extension or its content. */
export function isTrajectoryFile(text: string, from: string): boolean {
  return /\.(h5|hdf5)$/i.test(text) ||
    statSync(userPath(text, from), { throwIfNoEntry: false })?.isFile() === true;
}

/**
 * Reads a trajectory file. Columns that its environment does not have are left out.
 *
 * @param from Absolute path of the person's directory
 * @throws {InvalidInputError} If it is missing, damaged, of another layout, or its environment is
 * unknown
 */
export async function openTrajectory(text: string, from: string): Promise<OpenedTrajectory> {
  // Only here: what replays a dataset would load the 4 MB of its library, too.
  const { readTrajectory } = await import("../../store/exports/hdf5_trajectory.ts");
  const { recorded, controlHz, table } = await readTrajectory(userPath(text, from));
  const environment = getEnvironment(recorded?.environment ?? ENVIRONMENT, recorded?.options);
  if (controlHz !== environment.controlHz) {
    throw new InvalidInputError({
      action: "replay",
      place: text,
      expected: `${environment.controlHz} control steps a second, as ${environment.name} has`,
      found: controlHz,
      remedy: `record it with a dt of ${1 / environment.controlHz} s`,
    });
  }
  const whole = wholeSchema(environment);
  const schema: EpisodeSchema = {
    ...whole,
    step: columnsOf(text, whole.step, table.step),
    episode: columnsOf(text, whole.episode, table.episode),
  };
  return { schema, environment, table, streams: recorded?.streams ?? [] };
}

/** Every column that an episode of an environment may have. */
function wholeSchema(environment: EnvironmentDefinition): EpisodeSchema {
  const policy = environment.policies.find((name) => environment.policyFields?.[name]);
  return environment.schema({
    ...(policy === undefined ? {} : { policy }),
    randomize: Object.fromEntries(environment.randomization.map(({ name }) => [name, true])),
    actionNoise: 1, // any: then there is a column of labels
  });
}

/** @throws {InvalidInputError} If a column has rows of another shape */
function columnsOf(
  text: string,
  known: readonly FieldSpec[],
  columns: EpisodeTable["step"],
): readonly FieldSpec[] {
  const fields = known.filter(({ name }) => name in columns);
  const odd = fields.find(({ name, shape }) => rowSize(shape) !== rowSize(columns[name]!.shape));
  if (odd === undefined) return fields;
  throw new InvalidInputError({
    action: "replay",
    place: text,
    expected: `${odd.name} of shape [${odd.shape.join(", ")}]`,
    found: `[${columns[odd.name]!.shape.join(", ")}]`,
    remedy: "export it again with this version",
  });
}
