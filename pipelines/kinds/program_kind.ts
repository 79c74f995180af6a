import type { Finding } from "../findings.ts";
import type { DeclaredSite, StageKindDefinition } from "./kind.ts";
import { type OwnKind, ownKindDefinition } from "./own_kind.ts";
import type { ParameterTable } from "./parameter.ts";

/** Kinds of stage that a program computes, whose command a module registers. */

/** Output types of such kinds. */
export type ProgramOutput = "policy" | "table" | "files";

/** A kind that a program computes, described as data. */
export interface ProgramKind<Table extends ParameterTable = ParameterTable>
  extends Omit<OwnKind<Table>, "gives" | "work"> {
  readonly gives: ProgramOutput;
}

/**
 * Pattern of a template for a path in an argument: an input stage, the output, or the checkpoint.
 */
const TEMPLATE = /\{(input\.[a-z][a-z0-9_-]*|output|checkpoint)\}/g;

/** Pattern of anything that looks like a template. */
const ANY_TEMPLATE = /\{[A-Za-z][\w.-]*\}/g;

/** Names in an argument list that are no templates. */
export function unknownTemplates(command: readonly string[]): readonly string[] {
  return command.flatMap((word) => word.match(ANY_TEMPLATE) ?? [])
    .filter((found) => found.replace(TEMPLATE, "") !== "");
}

/** Names of the input stages that an argument list asks for. */
function inputTemplates(command: readonly string[]): readonly string[] {
  return command.flatMap((word) => [...word.matchAll(TEMPLATE)])
    .flatMap(([, name]) => name?.startsWith("input.") ? [name.slice("input.".length)] : []);
}

/** An argument with paths in place of its templates. */
export function fillTemplates(word: string, pathOf: (name: string) => string): string {
  return word.replace(TEMPLATE, (_, name: string) => pathOf(name));
}

/** Name of a stage without the factors of its variant: what templates name. */
export function templateName(stage: string): string {
  return stage.replace(/\[.*$/, "");
}

/** The definition that the rest of the project derives everything from. */
export function programKindDefinition(
  own: ProgramKind,
  command: readonly string[],
): StageKindDefinition {
  const { gives } = own;
  const definition = ownKindDefinition({
    ...own,
    gives: "files",
    work: { shape: "whole", resource: "program" },
  });
  return {
    ...definition,
    gives,
    commandOf: () => own.kind,
    checks: (site) => [...definition.checks?.(site) ?? [], ...checkInputs(site, command)],
  };
}

/** Every input that the arguments name is one of the stage. */
function checkInputs(
  { name, inputs }: Pick<DeclaredSite, "name" | "inputs">,
  command: readonly string[],
): readonly Finding[] {
  const known = inputs.map(templateName);
  return inputTemplates(command).filter((input) => !known.includes(input)).map((input) => ({
    check: "missing-input",
    path: ["stages", name, "from"],
    problem: `its command asks for {input.${input}}, found ${
      known.length === 0 ? "no input" : `the inputs ${known.join(", ")}`
    }`,
    remedy: `name a stage "${input}", or change the command`,
  }));
}
