/// <reference lib="dom" />
import type { ReplayModel } from "../view/replay_page.ts";
import { byId } from "./elements.ts";
import { Player } from "./player.ts";
import { Plots } from "./plots.ts";
import { createViewer } from "./viewer.ts";

/** Page of `deno task replay`: a viewer, a player below it, and plots beside it. */
const [model, poses] = await Promise.all([
  fetch("replay.json").then((response): Promise<ReplayModel> => response.json()),
  fetch("poses.f32").then(async (response) => new Float32Array(await response.arrayBuffer())),
]);
const { drawing, targets, path, controlHz, steps } = model;
const viewer = createViewer(byId("viewer"), drawing && { drawing, poses, targets, path });
const plots = new Plots(byId("plots"), {
  plots: model.plots,
  controlHz,
  onSeek(step) {
    player.pause();
    player.seek(step);
  },
});
const player = new Player({
  place: byId("player"),
  steps,
  controlHz,
  onMove(step) {
    viewer.show(step);
    plots.show(step);
  },
});
byId("player").append(...viewer.controls());
// The links to other episodes, by their keys.
document.addEventListener("keydown", ({ key, target, altKey, ctrlKey, metaKey }) => {
  if (altKey || ctrlKey || metaKey || (target instanceof Element && target.matches("input"))) {
    return;
  }
  const link = key === "n" ? "next" : key === "p" ? "prev" : null;
  if (link !== null) document.getElementById(link)?.click();
});
document.documentElement.dataset["ready"] = "yes";
