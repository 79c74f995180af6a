/** Entry of a thread of {@linkcode ShardTeam}: computes its shards of every step until it is ended. */
import { parentPort, workerData } from "node:worker_threads";
import "./builtin_models.ts";
import { bindKernels } from "./kernel_module.ts";
import { getModel } from "./model.ts";
import { CONTROL, type ShardThreadData } from "./shard_team.ts";
import { recordShards } from "./shards.ts";

// The team that starts this file gives it.
const { model, config, batch, memory, control, losses, member, threads } =
  workerData as ShardThreadData;
const { tapes } = recordShards(getModel(model).createNetwork(config), batch);
const kernels = bindKernels(memory);
let done = Atomics.load(control, CONTROL.step);
parentPort!.postMessage("ready"); // a worker has it

for (;;) {
  Atomics.wait(control, CONTROL.step, done);
  done = Atomics.load(control, CONTROL.step);
  for (let shard = member; shard < tapes.length; shard += threads) {
    const tape = tapes[shard]!;
    tape.forward(kernels);
    tape.backward(kernels);
    losses[shard] = tape.loss;
  }
  Atomics.sub(control, CONTROL.pending, 1);
  Atomics.notify(control, CONTROL.pending);
}
