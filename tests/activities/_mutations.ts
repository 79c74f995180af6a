import type { JsonValue } from "../../core/canonical.ts";
import type { RandomGenerator } from "../../core/random.ts";

/** What whoever reaches the Temporal server may make of a task. */

/** Texts that have a meaning to paths, to JavaScript or to a terminal. */
const TEXTS: readonly string[] = [
  "..",
  "../../../x",
  "../outside",
  "../outside/victim.txt",
  "stages/../../outside",
  "stages/merge-0123456789ab/../../../outside",
  "stages/merge-0123456789ab",
  "runs/job/0001/../../../../outside",
  "runs/job/9999",
  "runs/job/0001\n",
  "reruns/job-1",
  "/etc/passwd",
  "~/.ssh",
  "C:\\x",
  "..\\..\\x",
  "file:///etc/passwd",
  "s3://bucket/key",
  "a\u0000b",
  "line\nfeed",
  "\u202etxt.exe",
  "\u001b[2J",
  "",
  ".",
  "x".repeat(300),
  "x".repeat(100_000),
  "__proto__",
  "constructor",
  "train[lr=../../x]",
  "train[a=1]/..",
  "generate",
  "score",
  "../".repeat(64).slice(0, 64),
  "f".repeat(64),
  "random",
  "declared",
];

const NUMBERS = [-1, 0, 0.5, 1, 2 ** 31, 2 ** 53, 1e308, -0.0001];

function deeplyNested(): JsonValue {
  let value: JsonValue = [];
  for (let depth = 0; depth < 5000; depth++) value = [value];
  return value;
}

/** Any value that JSON brings over the network. */
function hostileValue(random: RandomGenerator): JsonValue {
  const pick = <T>(values: readonly T[]) => values[random.integer(values.length)]!;
  switch (random.integer(8)) {
    case 0:
      return pick(NUMBERS);
    case 1:
      return pick<JsonValue>([null, true, false, [], {}, [[]], deeplyNested()]);
    case 2:
      return JSON.parse('{"__proto__": {"path": ".."}, "constructor": 1}');
    default:
      return pick(TEXTS);
  }
}

type Path = readonly (string | number)[];

/** Every place in a value, parents before what they hold; those far down are like those above. */
function placesIn(value: unknown, path: Path = []): Path[] {
  if (value === null || typeof value !== "object" || path.length > 16) return [path];
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value);
  return [path, ...entries.flatMap(([key, inner]) => placesIn(inner, [...path, key]))];
}

/** A value with another in one place, or without it. */
function replaceAt(value: unknown, path: Path, change: (old: unknown) => unknown): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return change(value);
  // placesIn() has walked this way.
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<
    string | number,
    unknown
  >;
  const inner = replaceAt(copy[first], rest, change);
  if (inner === undefined) delete copy[first];
  else copy[first] = inner;
  return copy;
}

/** A task with one hostile change. */
export function mutate(task: unknown, random: RandomGenerator): unknown {
  const places = placesIn(task);
  const path = places[random.integer(places.length)]!;
  switch (random.integer(6)) {
    case 0:
      return replaceAt(task, path, () => undefined);
    case 1:
      return replaceAt(
        task,
        path,
        (old) =>
          old !== null && typeof old === "object" && !Array.isArray(old)
            ? { ...old, [TEXTS[random.integer(TEXTS.length)]!]: hostileValue(random) }
            : hostileValue(random),
      );
    case 2: { // the same text everywhere, as one who knows what is compared would change it
      const texts = places.map((place) => at(task, place)).filter((value) =>
        typeof value === "string" && value !== ""
      );
      const old = texts[random.integer(texts.length)];
      const found = TEXTS[random.integer(TEXTS.length)]!;
      return placesIn(task).reduce(
        (changed, place) => replaceAt(changed, place, (value) => value === old ? found : value),
        task,
      );
    }
    default:
      return replaceAt(task, path, () => hostileValue(random));
  }
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner as Record<string | number, unknown>)[key],
    value,
  );
}
