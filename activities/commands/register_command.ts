import { InvalidInputError } from "../../core/errors.ts";
import type { ParameterTable } from "../../pipelines/kinds/parameter.ts";
import {
  type ProgramKind,
  programKindDefinition,
  unknownTemplates,
} from "../../pipelines/kinds/program_kind.ts";
import { registerKind } from "../../pipelines/kinds/registry.ts";
import { NAME_PATTERN } from "../../pipelines/places.ts";
import { registerReport, type ReportStage } from "../stages/own/own_report.ts";
import type { RegisteredStage } from "../stages/own/register_stage.ts";
import { registerOperation } from "../stages/stage_operations.ts";
import { type ProgramInputs, programOperation } from "./program_operation.ts";
import type { DeclaredOutputs } from "./program_outputs.ts";
import { type ProgramCommand, registerProgram } from "./registered_commands.ts";

/** A kind of stage that a program computes: what it is, and how the program is run. */
export interface CommandDefinition<Table extends ParameterTable = ParameterTable>
  extends ProgramKind<Table>, Omit<ProgramCommand, "name">, ProgramInputs {
  /**
   * The program and its arguments, in which `{input.<stage>}`, `{output}` and `{checkpoint}` stand
   * for paths: of what an input stage gave, of the empty directory that it writes to, and of the one
   * in which it may keep what lets it go on after a kill.
   */
  readonly command: readonly string[];
  /**
   * Files that it leaves in its output, by path; a name that ends with "/" is a directory. Of a policy
   * `policy.onnx` and of a table `table.json` are expected without being named.
   */
  readonly outputs?: DeclaredOutputs;
  /**
   * Seconds between the request to end, SIGTERM, and the end, SIGKILL, where the stage is cancelled.
   *
   * @default {30}
   */
  readonly graceSeconds?: number;
  /** Section of the report; a table of counts and metrics if absent. */
  readonly report?: ReportStage;
}

/**
 * Makes a kind of stage known that another program computes, e.g. a trainer in Python. A declaration
 * names the kind and holds no command. `docs/python.md` shows a whole one.
 *
 * @throws {InvalidInputError} If its name is taken or no name, or something of it cannot be
 */
export function registerCommand<const Table extends ParameterTable>(
  definition: CommandDefinition<Table>,
): RegisteredStage<Table> {
  const { kind, command, directory, files, variables, report } = definition;
  if (!NAME_PATTERN.test(kind)) {
    throw refusal(kind, "a name of a-z, 0-9, - and _ that begins with a letter", "another");
  }
  const unknown = unknownTemplates(command)[0];
  if (unknown !== undefined) {
    throw refusal(kind, "{input.<stage>}, {output} and {checkpoint} alone", unknown);
  }
  const program = registerProgram({
    name: kind,
    command,
    ...(directory === undefined ? {} : { directory }),
    ...(files === undefined ? {} : { files }),
    ...(variables === undefined ? {} : { variables }),
  });
  registerKind(programKindDefinition(definition, command));
  registerOperation(kind, programOperation(definition, program));
  if (report !== undefined) registerReport(kind, report);
  return { kind, parameters: definition.parameters };
}

function refusal(kind: string, expected: string, found: string): InvalidInputError {
  return new InvalidInputError({
    action: "register kind of stage",
    place: kind,
    expected,
    found,
    remedy: "change the call that registers it",
  });
}
