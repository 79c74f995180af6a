import { join } from "node:path";
import type { RunSummary } from "../../activities/types.ts";
import {
  describeCondition,
  describeFailure,
  gateNames,
  gateVerdicts,
} from "../../pipelines/gate_condition.ts";
import type { PipelinePlan, StagePlan } from "../../pipelines/plan.ts";
import { readCommit, writeFileAtomically } from "../../store/mod.ts";

/**
 * The result of a run as a JUnit file, as continuous integration reads it: a test case for each stage,
 * and one for each condition of a gate.
 *
 * @see the "Jenkins" XSD, `junit-10.xsd` of the xUnit plugin, which GitLab and others read
 */

/** Outcome of a test case that did not simply pass. */
interface Outcome {
  readonly element: "failure" | "error" | "skipped";
  readonly type?: string;
  readonly message: string;
}

interface TestCase {
  readonly group: string;
  readonly name: string;
  readonly seconds: number;
  readonly outcome: Outcome | null;
}

/**
 * Writes the result of a run as a JUnit file.
 *
 * @param path Absolute
 * @param root Absolute path of the data root
 */
export async function writeJunit(
  path: string,
  root: string,
  { plan, summary }: { readonly plan: PipelinePlan; readonly summary: RunSummary },
): Promise<void> {
  const cases: TestCase[] = [];
  for (const stage of plan.stages) cases.push(...await casesOf(stage, summary, root));
  await writeFileAtomically(path, junitText(summary, cases));
}

async function casesOf(
  stage: StagePlan,
  { pipeline, stages, error, notNeeded = [] }: RunSummary,
  root: string,
): Promise<readonly TestCase[]> {
  const result = stages[stage.name];
  const common = { group: pipeline, name: stage.name, seconds: result?.seconds ?? 0 };
  if (result === undefined) {
    const failed = error?.stage === stage.name;
    const outcome: Outcome = failed
      ? { element: "error", type: error.name, message: error.message }
      : { element: "skipped", message: notNeeded.includes(stage.name) ? "not needed" : "not run" };
    return [{ ...common, outcome }];
  }
  const commit = await readCommit(join(root, result.path));
  const names = gateNames(stage);
  const conditions = gateVerdicts(commit?.attributes ?? {}).map((verdict): TestCase => ({
    group: `${pipeline}.${stage.name}`,
    name: describeCondition(verdict, names),
    seconds: 0,
    outcome: verdict.holds
      ? null
      : { element: "failure", type: "GateFailedError", message: describeFailure(verdict, names) },
  }));
  return [{ ...common, outcome: null }, ...conditions];
}

/** A JUnit document. */
export function junitText(
  { pipeline, run, seconds }: Pick<RunSummary, "pipeline" | "run" | "seconds">,
  cases: readonly TestCase[],
): string {
  const count = (element: Outcome["element"]) =>
    cases.filter(({ outcome }) => outcome?.element === element).length;
  const totals = attributes({
    tests: cases.length,
    failures: count("failure"),
    errors: count("error"),
    skipped: count("skipped"),
    time: seconds.toFixed(3),
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: pipeline })}${totals}>`,
    `  <testsuite${attributes({ name: `${pipeline}/${run}` })}${totals}>`,
    ...cases.map(caseText),
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

function caseText({ group, name, seconds, outcome }: TestCase): string {
  const open = `    <testcase${attributes({ classname: group, name, time: seconds.toFixed(3) })}`;
  if (outcome === null) return `${open}/>`;
  const { element, message, type } = outcome;
  const told = attributes({ message, ...(type === undefined ? {} : { type }) });
  return `${open}><${element}${told}/></testcase>`;
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values).map(([name, value]) => ` ${name}="${escapeXml(String(value))}"`)
    .join("");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\n": "&#10;",
};

/** A text as an attribute holds it; characters that XML 1.0 has no form for become U+FFFD. */
function escapeXml(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replaceAll(/[&<>"\n]/g, (character) => ENTITIES[character]!);
}
