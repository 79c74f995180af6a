/** Entry of a thread of {@linkcode MicrobatchTeam}: does its part of each phase until it is ended. */
import { parentPort, workerData } from "node:worker_threads";
import "../builtin_models.ts";
import { preferKernels } from "../kernels/choice.ts";
import { bindKernels } from "../kernels/open.ts";
import { getModel } from "../model.ts";
import { awaitChange, CONTROL, type MicrobatchThreadData, PHASES } from "./microbatch_team.ts";
import { recordMicrobatches } from "./microbatches.ts";
import { StepMember } from "./step_phases.ts";

// The team that starts this file gives it.
const data: MicrobatchThreadData = workerData;
const { model, config, batch, arithmetic, kernels, memory, board, control } = data;
preferKernels(kernels);
const recorded = recordMicrobatches(getModel(model).createNetwork(config), batch, data);
const member = new StepMember(bindKernels(memory, arithmetic), recorded, board, data);
let turn = Atomics.load(control, CONTROL.turn);
parentPort!.postMessage("ready"); // a worker has it

for (;;) {
  if (!awaitChange(control, CONTROL.turn, turn)) continue;
  turn = Atomics.load(control, CONTROL.turn);
  member.run(PHASES[Atomics.load(control, CONTROL.phase)]!);
  Atomics.sub(control, CONTROL.pending, 1);
  Atomics.notify(control, CONTROL.pending);
}
