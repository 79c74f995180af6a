import { rowSize } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { suggestName } from "../../core/suggest.ts";
import {
  describeValues,
  isOnnxType,
  type OnnxModel,
  type OnnxType,
  type OnnxValueInfo,
} from "../../learn/foreign.ts";
import type { BoundInput, BoundPolicy, PolicyEnvironment } from "./bound_policy.ts";
import { bindCamera } from "./bind_camera.ts";
import type { PolicyDescription, PolicyInput } from "./description.ts";
import { refuse } from "./refuse.ts";
import { fitShape, openShape } from "./shapes.ts";
import { statisticsOf } from "./statistics.ts";

/**
 * Fits a model to an environment by its description.
 *
 * @throws {InvalidInputError} If a column, camera or shape does not fit
 */
export function bindPolicy(
  model: Pick<OnnxModel, "inputs" | "outputs">,
  { inputs, action }: PolicyDescription,
  environment: PolicyEnvironment,
): BoundPolicy {
  const { horizon, first, nActionSteps = horizon - first } = action;
  const actionSize = rowSize(environment.action.shape);
  const bound = model.inputs.map((info) => bindInput(info, inputs[info.name]!, environment)); // checked
  const output = model.outputs.find(({ name }) => name === action.output)!; // so too
  requireActions(output, horizon, actionSize);
  return {
    inputs: bound,
    observationSize: columnsOf("all", environment, "").length,
    actionSize,
    action: {
      output: action.output,
      horizon,
      first,
      nActionSteps,
      statistics: statisticsOf(action, actionSize, "action"),
    },
  };
}

function bindInput(
  info: OnnxValueInfo,
  input: PolicyInput,
  environment: PolicyEnvironment,
): BoundInput {
  const { name } = info, place = `inputs.${name}`, type = typeOf(info);
  if ("camera" in input) {
    return { name, type, ...bindCamera(info, input, environment) };
  }
  if ("observation" in input) {
    const { offsets } = input, steps = offsets.length;
    const columns = columnsOf(input.observation, environment, place), width = columns.length;
    const shape = fitShape(info, [
      [steps * width],
      [1, steps * width],
      [steps, width],
      [1, steps, width],
      [steps, 1, width],
    ]);
    const statistics = statisticsOf(input, width, place);
    return { name, type, shape, source: "observation", columns, offsets, statistics };
  }
  if ("state" in input) {
    const { state: output, initial } = input, shape = openShape(info, input.shape);
    requireInitial(type, initial, place);
    return { name, type, shape, source: "state", output, initial };
  }
  if ("noise" in input) {
    return { name, type, shape: openShape(info, input.shape), source: "noise" };
  }
  const size = rowSize(environment.action.shape);
  return {
    name,
    type,
    shape: fitShape(info, [[size], [1, size], [1, 1, size]]),
    source: "lastAction",
    initial: initialAction(input.lastAction, environment, place),
    statistics: statisticsOf(input, size, place),
  };
}

/** @throws {InvalidInputError} If a state cannot begin with a number, which would become another */
function requireInitial(type: OnnxType, initial: number, place: string): void {
  if (fits(type, initial)) return;
  throw refuse(`${place}.initial`, {
    expected: `a number of type ${type}`,
    found: initial,
    remedy: "correct it, or remove it: a state begins with 0 then",
  });
}

/** Least and greatest number of the integers that an input may be of, as far as a number goes. */
const INTEGERS: Partial<Readonly<Record<OnnxType, readonly [least: number, most: number]>>> = {
  uint8: [0, 255],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
};

function fits(type: OnnxType, value: number): boolean {
  const range = INTEGERS[type];
  if (range === undefined) return type === "float64" || Number.isFinite(Math.fround(value));
  return Number.isInteger(value) && range[0] <= value && value <= range[1];
}

/** Columns of the observation that a list of fields names, in its order. */
function columnsOf(
  names: "all" | readonly string[],
  { name: environment, observation }: PolicyEnvironment,
  place: string,
): readonly number[] {
  let at = 0;
  const ranges = new Map(observation.map(({ name, shape }) => {
    const start = at;
    at += rowSize(shape);
    return [`observation/${name}`, Array.from({ length: at - start }, (_, i) => start + i)];
  }));
  if (names === "all") return [...ranges.values()].flat();
  return names.flatMap((name) => {
    const columns = ranges.get(name);
    if (columns !== undefined) return columns;
    throw new InvalidInputError({
      action: "use the ONNX policy",
      place: `${place}.observation`,
      expected: `columns of the observations of "${environment}"`,
      found: `"${name}"`,
      remedy: suggestName(name, [...ranges.keys()]),
    });
  });
}

function initialAction(
  given: number | readonly number[] | { readonly columns: readonly number[] },
  environment: PolicyEnvironment,
  place: string,
): readonly number[] | { readonly columns: readonly number[] } {
  const size = rowSize(environment.action.shape);
  if (typeof given === "number") return Array<number>(size).fill(given);
  const count = "columns" in given ? given.columns.length : given.length;
  if (count !== size) {
    throw refuse(`${place}.lastAction`, {
      expected: `${size} numbers, as an action of "${environment.name}" has`,
      found: count,
      remedy: "write one for each component of the action",
    });
  }
  if (!("columns" in given)) return given;
  const columns = columnsOf("all", environment, place).length;
  const beyond = given.columns.find((column) => column >= columns);
  if (beyond === undefined) return given;
  throw refuse(`${place}.lastAction`, {
    expected: `columns below ${columns}, the numbers of an observation`,
    found: beyond,
    remedy: "correct them",
  });
}

/** @throws {InvalidInputError} If an output that says how large it is cannot have all actions */
function requireActions(output: OnnxValueInfo, horizon: number, actionSize: number): void {
  const open = output.shape.some((size) => typeof size === "string");
  const known = output.shape.reduce<number>(
    (product, size) => typeof size === "string" ? product : product * size,
    1,
  );
  const wanted = horizon * actionSize;
  if (open ? wanted % known === 0 : wanted === known) return;
  throw refuse("action.output", {
    expected: horizon === 1
      ? `an action of ${actionSize} numbers`
      : `${horizon} actions of ${actionSize} numbers`,
    found: describeValues([output]),
    remedy: horizon === 1
      ? "use a policy of this environment, or describe the horizon of its output"
      : "correct action.horizon, or use a policy of this environment",
  });
}

/** Types were compared with what is allowed before. */
function typeOf({ type, name }: OnnxValueInfo): OnnxType {
  if (isOnnxType(type)) return type;
  throw new TypeError(`Cannot use input "${name}": expected a known type, found ${type}`);
}
