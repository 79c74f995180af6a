/** Declarations as nobody would write them on purpose: shipped ones, mutated. */
import { performance } from "node:perf_hooks";
import { SluiceError } from "../../core/errors.ts";
import { createRandom, type RandomGenerator } from "../../core/random.ts";
import { parsePipeline } from "../../pipelines/file.ts";
import { compilePipeline } from "../../pipelines/mod.ts";
import { PIPELINES } from "../../pipelines/shipped/mod.ts";
import { CONTEXT } from "./_context.ts";

/** Fragments that have a meaning to YAML, to the schema, or to JavaScript. */
// deno-fmt-ignore
const FRAGMENTS = [
  "{",
  "}",
  "[",
  "]",
  ":",
  ",",
  "&a ",
  "*a",
  "!!set ",
  "- ",
  "\n",
  "\t",
  '"',
  "'",
  "#",
  "|",
  ">",
  "%",
  "~",
  "null",
  "true",
  "-1",
  "1e999",
  ".nan",
  "0x10",
  "__proto__",
  "constructor",
  "toString",
  "kind",
  "from",
  "generate",
  "merge",
  "validate",
  "evaluate",
  "../..",
  "/etc",
  "\u0000",
  "\uffff",
  "é",
  "\\",
  "<<: *a",
  "? ",
  "---",
  "...",
  "99999999999999999999",
];

function mutate(text: string, random: RandomGenerator): string {
  const at = random.integer(text.length), length = random.integer(12);
  const fragment = FRAGMENTS[random.integer(FRAGMENTS.length)]!;
  const from = random.integer(text.length);
  switch (random.integer(5)) {
    case 0:
      return text.slice(0, at) + text.slice(at + length);
    case 1:
      return text.slice(0, at) + fragment + text.slice(at);
    case 2:
      return text.slice(0, at) + fragment + text.slice(at + length);
    case 3:
      return text.slice(0, at) + text.slice(from, from + 4 * length) + text.slice(at);
    default:
      return text.slice(0, at);
  }
}

/** How a mutated declaration was received. */
export interface Reception {
  readonly text: string;
  /** What is wrong with it that nobody foresaw, null where nothing is. */
  readonly unforeseen: string | null;
  /** A status that tells something else than what it says, null where it is right. */
  readonly wrongStatus: string | null;
  /** Whether it was parsed. */
  readonly accepted: boolean;
  readonly seconds: number;
}

/** @param index From 0; which of the mutations */
export function receiveMutation(seed: number, index: number): Reception {
  const text = mutatedDeclaration(createRandom(seed, "fuzz", index), index % 2 === 0);
  const started = performance.now();
  let accepted = false, thrown: unknown = null;
  try {
    const { declaration } = parsePipeline(text, "fuzz.yaml", CONTEXT);
    accepted = true;
    compilePipeline(declaration, CONTEXT);
  } catch (error) {
    thrown = error;
  }
  const seconds = (performance.now() - started) / 1000;
  return { text, accepted, seconds, ...faultsOf(thrown) };
}

/** A declaration that comes with Sluice, changed in up to four places. @param plain Keys without quotes */
function mutatedDeclaration(random: RandomGenerator, plain: boolean): string {
  const sources = [...PIPELINES.values()].map(({ declaration }) => declaration);
  let text = JSON.stringify(sources[random.integer(sources.length)]!, null, 2);
  if (plain) text = text.replaceAll(/"(\w+)": /g, "$1: "); // looks like YAML
  for (let count = 1 + random.integer(4); count > 0 && text.length > 0; count--) {
    text = mutate(text, random);
  }
  return text;
}

/** @param thrown Null where nothing was */
function faultsOf(thrown: unknown): Pick<Reception, "unforeseen" | "wrongStatus"> {
  if (thrown === null) return { unforeseen: null, wrongStatus: null };
  if (!(thrown instanceof SluiceError)) return { unforeseen: `threw ${thrown}`, wrongStatus: null };
  const { message, exitStatus } = thrown;
  const isForeseen = message.startsWith("Cannot ") &&
    !/\bat .*\.ts:\d|undefined|\[object/.test(message);
  return {
    unforeseen: isForeseen ? null : message,
    wrongStatus: exitStatus === 2 ? null : `has exit status ${exitStatus}`,
  };
}
