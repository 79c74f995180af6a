import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { CodeChangedError, ProgramError } from "../../core/errors.ts";
import { visibleText } from "../../core/visible_text.ts";
import {
  fillTemplates,
  type ProgramKind,
  templateName,
} from "../../pipelines/kinds/program_kind.ts";
import { StoreWriter } from "../../store/mod.ts";
import type { OperationContext, WholeOperation } from "../stages/operation.ts";
import { openInputs, type StageInput } from "../stages/own/stage_inputs.ts";
import type { StageFigures } from "../stages/own/stage_output.ts";
import { ensureStage } from "../stages/stage.ts";
import type { StageTask } from "../types.ts";
import { identifyProgram } from "./command_digest.ts";
import { ProgramGroup } from "./program_group.ts";
import { collectOutputs, type DeclaredOutputs } from "./program_outputs.ts";
import type { ProgramCommand } from "./registered_commands.ts";

/** Ways in which a program receives its inputs. */
export interface ProgramInputs {
  /**
   * Form in which it is handed datasets: `zarr` as they are stored, or another that they are exported
   * to first.
   *
   * @default {"zarr"}
   */
  readonly datasets?: "zarr" | "lerobot" | "hdf5";
}

/** Facts other than the command that the operation needs. */
interface ProgramStage extends ProgramKind, ProgramInputs {
  readonly outputs?: DeclaredOutputs;
  readonly graceSeconds?: number;
}

/** Seconds between SIGTERM and SIGKILL, where the registration says nothing. */
const GRACE_SECONDS = 30;

/** The operation of a kind that a program computes. */
export function programOperation(stage: ProgramStage, program: ProgramCommand): WholeOperation {
  return {
    run: (task, context) =>
      ensureStage(task, context, async (directory) => {
        requireFiles(task, program);
        const work = join(directory, "work"),
          checkpoint = join(directory, "checkpoints", "program");
        const output = join(work, "output");
        rmSync(work, { recursive: true, force: true }); // of an attempt before
        for (const place of [output, checkpoint]) mkdirSync(place, { recursive: true });
        const resumedFrom = readdirSync(checkpoint).length === 0 ? null : 0;
        try {
          const inputs = await handInputs(stage, task, { work, root: context.root });
          const pathOf = (name: string) => ({ output, checkpoint, ...inputs })[name] ?? name;
          const command = program.command.map((word) => fillTemplates(word, pathOf));
          const figures = await runProgram({ ...program, command }, stage, { task, context });
          const commit = await commitOutputs(directory, output, { stage, figures });
          rmSync(checkpoint, { recursive: true, force: true });
          return { commit, resumedFrom };
        } finally {
          rmSync(work, { recursive: true, force: true });
        }
      }),
  };
}

/** @throws {CodeChangedError} If the files of the program are not those of the plan */
function requireFiles({ stage }: StageTask, program: ProgramCommand): void {
  const expected = stage.command?.digest ?? "", found = identifyProgram(program).digest;
  if (found === expected) return;
  throw new CodeChangedError({
    action: "run the program of",
    place: stage.name,
    expected: `its files with digest ${expected.slice(0, 12)}`,
    found: found.slice(0, 12),
    remedy: "change them back, or run the pipeline again",
  });
}

/** Paths of the inputs by their templates: `input.<stage>`. */
async function handInputs(
  { datasets = "zarr" }: ProgramStage,
  task: StageTask,
  { work, root }: { readonly work: string; readonly root: string },
): Promise<Readonly<Record<string, string>>> {
  const paths: Record<string, string> = {};
  for (const input of await openInputs(task, root)) {
    const name = templateName(input.name);
    paths[`input.${name}`] = input.type === "dataset" && datasets !== "zarr"
      ? await exportInput(input, datasets, join(work, "inputs", name))
      : input.path;
  }
  return paths;
}

async function exportInput(
  { path }: StageInput,
  format: "lerobot" | "hdf5",
  target: string,
): Promise<string> {
  // Only here: few programs read other formats, which take longer to load than the rest of a stage.
  const [{ exportDataset }, { VideoEncoder }] = await Promise.all([
    import("../../store/foreign.ts"),
    import("../../view/video.ts"),
  ]);
  mkdirSync(join(target, ".."), { recursive: true });
  const place = format === "hdf5" ? `${target}.h5` : target;
  await exportDataset(path, place, format, { openVideo: VideoEncoder.open });
  return place;
}

/** Schema of the lines of JSON on standard output. */
const TOLD = z.union([
  z.strictObject({ done: z.number(), total: z.number() }),
  z.strictObject({
    counts: z.record(z.string(), z.number()).optional(),
    metrics: z.record(z.string(), z.union([z.number(), z.string()])).optional(),
  }),
]);

/** Runs the program to its end. @returns The figures that it has told */
async function runProgram(
  program: ProgramCommand,
  { graceSeconds = GRACE_SECONDS, draws = false }: ProgramStage,
  { task, context }: { readonly task: StageTask; readonly context: OperationContext },
): Promise<StageFigures> {
  const { signal, onProgress, onOutput = () => {} } = context;
  const { name, parameters, seed, stream } = task.stage;
  const counts: Record<string, number> = {}, metrics: Record<string, number | string> = {};
  let lastError = "";
  signal.throwIfAborted();
  const group = await ProgramGroup.start(program, {
    environment: {
      PYTHONUNBUFFERED: "1",
      SLUICE_PARAMETERS: JSON.stringify(parameters),
      ...(draws ? { SLUICE_SEED: String(seed), SLUICE_STREAM: stream } : {}),
    },
    onLine(line, source) {
      const told = source === "stdout" ? toldBy(line) : null;
      if (told !== null && "done" in told) return onProgress(told);
      if (told !== null) {
        Object.assign(counts, told.counts);
        Object.assign(metrics, told.metrics);
      }
      if (source === "stderr" && line.trim() !== "") lastError = line.trim();
      onOutput(line, source);
    },
  });
  const end = await endOf(group, signal, graceSeconds);
  signal.throwIfAborted();
  if (end.status === 0) return { counts, metrics };
  const found = end.signal ?? `status ${end.status}`;
  const last = lastError === ""
    ? ""
    : `, the last line of its standard error "${visibleText(lastError).slice(0, 300)}"`;
  throw new ProgramError({
    action: "run the program of",
    place: name,
    expected: "status 0",
    found: `${found}${last}`,
    remedy: 'see "deno task logs" for what it wrote',
  });
}

function toldBy(line: string): z.output<typeof TOLD> | null {
  if (!line.startsWith("{")) return null;
  try {
    return TOLD.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null; // a line that only looks like it
  }
}

/** Waits for the end of a program, and asks for it where the stage is to stop. */
async function endOf(group: ProgramGroup, signal: AbortSignal, graceSeconds: number) {
  let grace: ReturnType<typeof setTimeout> | undefined;
  const stop = () => {
    group.terminate();
    grace = setTimeout(() => group.kill(), graceSeconds * 1000);
  };
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });
  try {
    return await group.ended;
  } finally {
    signal.removeEventListener("abort", stop);
    clearTimeout(grace);
  }
}

async function commitOutputs(
  directory: string,
  output: string,
  { stage, figures }: { readonly stage: ProgramStage; readonly figures: StageFigures },
) {
  const { kind } = stage, files = collectOutputs(output, stage);
  using writer = new StoreWriter(directory);
  for (const file of files) await writer.write(file, readFileSync(join(output, file)));
  return await writer.commit({
    kind,
    counts: { files: files.length, ...figures.counts },
    metrics: { ...figures.metrics },
  });
}
