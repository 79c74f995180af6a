/// <reference lib="dom" />
import { asVector } from "../sim/push_t/dmp.ts";
import { movementPath, toWorkspaceMovement } from "../sim/push_t/push_t_dmp.ts";
import { pushTPoses } from "../sim/push_t/push_t_shapes.ts";
import type { PushTTrial } from "../sim/push_t/trial.ts";
import type { ExploreModel, TrialAnswer } from "../view/explore_page.ts";
import { post } from "./post.ts";
import { byId } from "./elements.ts";
import { FlowControls } from "./flow_controls.ts";
import { PlanarViewer } from "./planar_viewer.ts";
import { Player } from "./player.ts";
import { Plots } from "./plots.ts";
import { TrialControls } from "./trial_controls.ts";

/** The page of `deno task explore`: sliders, the path that follows them, and what comes of it. */

const INVITATION =
  "Move a slider, or drag the agent, the block or the ring, which is the movement's goal. " +
  "The orange path updates, and Simulate drives the agent along it.";

const model: ExploreModel = await (await fetch("/explore.json")).json();
const { drawing, controlHz } = model;
const controls = new TrialControls(byId("sliders"), showPlan);
const viewer = new PlanarViewer(byId("viewer"), {
  drawing,
  poses: new Float32Array(3 * drawing.shapes.length),
  targets: [],
  path: [],
  handles: [],
  ...(model.flow && { futures: null }),
});
byId("viewer").after(...viewer.controls());
const plots = new Plots(byId("plots"), {
  plots: [],
  controlHz,
  onSeek(step) {
    player.pause();
    player.seek(step);
  },
});
const flow = model.flow && new FlowControls(byId("flow"), {
  flow: model.flow,
  onFutures: (futures) => viewer.update({ futures }),
  say,
});
const player = new Player({
  place: byId("player"),
  steps: 0,
  controlHz,
  onMove(step) {
    viewer.show(step);
    plots.show(step);
    flow?.show(question(), Math.floor(step));
  },
});

controls.trial = model.trial;
controls.scaleForcing = model.scaleForcing;
viewer.onDrag((handle, [x, y]) => {
  const { movement, block } = controls.trial;
  const dragged: Record<string, PushTTrial> = {
    agent: { movement: { ...movement, start: [x, y] }, block },
    goal: { movement: { ...movement, goal: [x, y] }, block },
    block: { movement, block: [x, y, block[2]] },
  };
  controls.trial = dragged[handle]!;
  showPlan();
});
byId("simulate").addEventListener("click", simulate);
byId("draw").addEventListener("click", draw);
showPlan();
document.documentElement.dataset["ready"] = "yes";

function question() {
  return { ...controls.trial, scaleForcing: controls.scaleForcing };
}

/** Shows the movement that the sliders say, before anything has moved. */
function showPlan(): void {
  const { movement, block } = controls.trial, { scaleForcing } = controls;
  const path = movementPath(movement, { controlHz, scaleForcing });
  const pose = [...movement.start, 0, 0, ...block];
  viewer.update({
    poses: Float32Array.from(pushTPoses(pose)),
    path: Array.from(path),
    targets: [],
    handles: [
      { name: "agent", at: movement.start },
      { name: "goal", at: movement.goal },
      { name: "block", at: [block[0], block[1]] },
    ],
    futures: null,
  });
  player.load(0);
  plots.load([]);
  const vector = Array.from(asVector(toWorkspaceMovement(movement)), (value) => value.toFixed(3));
  byId("vector").textContent = `[${vector.join(", ")}]`;
  say(INVITATION);
}

async function simulate(): Promise<void> {
  try {
    const { poses, targets, path, plots: models, steps, outcome } = await post<TrialAnswer>(
      "/simulate",
      question(),
    );
    viewer.update({ poses: Float32Array.from(poses), targets, path });
    plots.load(models);
    player.load(steps);
    player.play();
    say(outcome);
  } catch (error) {
    say(String(error instanceof Error ? error.message : error));
  }
}

async function draw(): Promise<void> {
  const input = byId("candidate", HTMLInputElement);
  try {
    controls.trial = await post<PushTTrial>("/draw", { candidate: input.valueAsNumber });
    showPlan();
    say(
      `Candidate ${input.value} of seed ${model.seed}, rounded to slider steps. ` +
        `${INVITATION}`,
    );
    input.value = String(input.valueAsNumber + 1);
  } catch (error) {
    say(String(error instanceof Error ? error.message : error));
  }
}

function say(text: string): void {
  byId("message").textContent = text;
}
