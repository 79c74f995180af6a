/// <reference lib="dom" />
import {
  ENDS,
  type PreviewMessage,
  type PreviewModel,
  type PreviewState,
} from "../view/preview_messages.ts";
import { ActionSliders } from "./action_sliders.ts";
import { byId } from "./elements.ts";
import { LiveConnection } from "./live_connection.ts";
import { createLiveViewer, type LiveViewer } from "./live_viewer.ts";
import { Motion } from "./motion.ts";
import { formatValue } from "./plots.ts";
import { ScheduleView } from "./schedule_view.ts";
import { StateTable } from "./state_table.ts";

/** Page of `deno task run-env --preview`: a viewer, controls, and the state of the episode. */

/** Simulation speeds, as multiples of real time. */
const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 4];

const model: PreviewModel = await (await fetch("/preview.json")).json();
const connection = new LiveConnection("/live", onMessage, () => {
  say("The command that serves this page has stopped: start it again.");
});
const send = connection.send.bind(connection);
const sliders = new ActionSliders(byId("action"), model.action, (component, value) => {
  send({ do: "ask", component, value });
});
const table = new StateTable(byId("observation"), model);
const schedule = model.schedule && new ScheduleView(byId("schedule"), model.schedule);
const candidate = byId("candidate", HTMLInputElement);
const control = byId("control", HTMLSelectElement);
const speed = byId("speed", HTMLSelectElement);
let viewer: LiveViewer | null = null;
let state: PreviewState | null = null;
const motion = new Motion((poses, share) => {
  viewer?.load(poses, state!);
  viewer?.show(share);
});

for (const value of SPEEDS) {
  speed.append(new Option(`${value} ×`, String(value), value === 1, value === 1));
}
const actions: Readonly<Record<string, () => void>> = {
  run: () => send({ do: state?.isRunning ? "pause" : "run" }),
  step: () => send({ do: "step" }),
  reset: () => begin((state?.candidate ?? -1) + 1),
  again: () => begin(state?.candidate ?? 0),
  hold: () => send({ do: "control", policy: null }),
};
for (const [id, act] of Object.entries(actions)) byId(id).addEventListener("click", act);
candidate.addEventListener("change", () => begin(candidate.valueAsNumber));
control.addEventListener("change", () => send({ do: "control", policy: control.value || null }));
speed.addEventListener("change", () => send({ do: "speed", speed: Number(speed.value) }));
document.addEventListener("keydown", onKey);

function begin(candidate: number): void {
  if (Number.isSafeInteger(candidate) && candidate >= 0) send({ do: "begin", candidate });
}

function onKey(event: KeyboardEvent): void {
  const controls = event.key === " " ? "input, select, button" : "input, select"; // which take it
  const isControl = event.target instanceof Element && event.target.matches(controls);
  if (event.altKey || event.ctrlKey || event.metaKey || isControl) return;
  const keys: Readonly<Record<string, string>> = { " ": "run", ArrowRight: "step", r: "reset" };
  const action = actions[keys[event.key] ?? ""];
  if (action === undefined) return;
  event.preventDefault();
  action();
}

function onMessage(message: PreviewMessage): void {
  if (message.kind === "refused") {
    if (state !== null) showState(state = { ...state, isRunning: false });
    return say(message.message);
  }
  if (message.kind === "episode") return onEpisode(message);
  const before = state;
  state = message.state;
  const isNext = before !== null && state.isRunning && state.step > before.step;
  motion.show(Float32Array.from(state.poses), isNext);
  showState(state);
  const held = state.isRunning ? viewer?.held() : null;
  if (held) send({ do: "move", ...held });
}

function onEpisode(
  { drawing, state: begun }: Extract<PreviewMessage, { kind: "episode" }>,
): void {
  state = begun;
  const poses = Float32Array.from(begun.poses);
  if (viewer === null) {
    const onMove = (name: string, position: readonly number[]) =>
      send({ do: "move", name, position });
    const isFixed = begun.draggableBodies.length === 0;
    viewer = createLiveViewer(byId("viewer"), { drawing, poses, onMove: isFixed ? null : onMove });
    byId("legend").append(...viewer.controls());
  } else if (drawing !== null) {
    viewer.redraw(drawing, poses);
  }
  motion.show(poses, false);
  showState(begun);
  candidate.value = String(begun.candidate);
  document.documentElement.dataset["ready"] = "yes";
}

function showState(state: PreviewState): void {
  const { step, planned, policy, isRunning, reward } = state;
  const { maxSteps, controlHz } = model;
  const time = `${(step / controlHz).toFixed(2)} s · step ${step}`;
  byId("readout").textContent = `${time} of ${planned === null ? maxSteps : step + planned}`;
  byId("run").textContent = isRunning ? "Pause" : step === 0 ? "Run" : "Continue";
  byId("reward").textContent = reward === null ? "–" : formatValue(reward);
  byId("return").textContent = formatValue(state.return);
  byId("success").textContent = state.success ? "yes" : "no";
  control.value = policy ?? "";
  sliders.show(state.action);
  table.show(state);
  schedule?.show(policy === "scripted" && state.planProblem === null ? state.policyStep : null);
  say(describe(state));
}

/** Describes the state in one sentence. */
function describe(
  { candidate, end, success, policy, planProblem, draggableBodies }: PreviewState,
): string {
  const whose = `Candidate ${candidate}`;
  if (end !== null) {
    const came = success ? "with success" : "without success";
    return `${whose} is ${ENDS[end]}, ${came}. Continue anyway, or reset.`;
  }
  if (planProblem !== null) return `${whose}: the expert has no plan, ${planProblem}.`;
  const acts = policy === null ? "you act with the sliders" : `policy ${policy} acts`;
  const names = draggableBodies.map(({ name }) => name).join(", ");
  const drag = draggableBodies.length === 0 ? "" : ` Drag to move: ${names}.`;
  return `${whose}: ${acts}.${drag}`;
}

function say(text: string): void {
  byId("message").textContent = text;
}
