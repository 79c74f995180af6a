import type { AnyStage } from "../kinds/kind.ts";
import { kindOf } from "../kinds/mod.ts";

/**
 * Returns the stages that need not run once a look has decided: later looks, and what only those
 * read.
 *
 * @param inputs Names of the inputs of each stage
 * @returns By name, the look whose decision makes the stage unnecessary
 */
export function findSkippable(
  stages: ReadonlyMap<string, AnyStage>,
  inputs: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, string> {
  const readers = new Map<string, string[]>();
  for (const [name, from] of inputs) {
    for (const input of from) readers.set(input, [...readers.get(input) ?? [], name]);
  }
  const found = new Map<string, string | null>();
  /** The look before the first one that needs a stage, null where it is needed at once. */
  const before = (name: string): string | null => {
    const known = found.get(name);
    if (known !== undefined) return known;
    found.set(name, null); // of a cycle, which is refused elsewhere
    const stage = stages.get(name);
    const own = stage === undefined ? undefined : kindOf(stage).previousLook?.(name, stage);
    const result = own !== undefined ? own : earliest((readers.get(name) ?? []).map(before));
    found.set(name, result);
    return result;
  };
  return new Map([...stages.keys()].flatMap((name) => {
    const look = before(name);
    return look === null ? [] : [[name, look] as const];
  }));
}

/** The first of the looks of one comparison; null where one is needed at once, or of another. */
function earliest(looks: readonly (string | null)[]): string | null {
  const sure = looks.filter((look) => look !== null);
  if (sure.length === 0 || sure.length < looks.length) return null;
  const [base, ...bases] = sure.map((look) => look.replace(/\blook=\d+/, "look"));
  if (bases.some((other) => other !== base)) return null;
  const number = (look: string) => Number(/\blook=(\d+)/.exec(look)?.[1]);
  return sure.toSorted((a, b) => number(a) - number(b))[0]!;
}
