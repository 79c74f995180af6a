import { resolveArtifact } from "../../runtime/data/artifacts.ts";
import { getEnvironment, type PushTTrial } from "../../sim/mod.ts";
import { PUSH_T_SHAPES } from "../../sim/push_t/push_t_shapes.ts";
import { EXPLORE_STYLE, type ExploreModel, renderExploreBody } from "../../view/explore_page.ts";
import { composePage } from "../../view/page_document.ts";
import type { LocalPage } from "../../view/page_handler.ts";
import { dataRootWith, displayPath } from "../kit/places.ts";
import { exploreActions, type ExploreOptions } from "../pages/explore_actions.ts";
import { defineCommand } from "../kit/flags.ts";
import { PAGE_FLAGS, pageScripts, plotStyle, servePage } from "../pages/page_server.ts";
import { runCommand } from "../kit/run_command.ts";
import { openFutures } from "../../runtime/data/trained_flow.ts";

const ENGINES = ["chipmunk", "rapier2d"] as const satisfies readonly ExploreOptions["engine"][];

/** Samples of a flow that are shown at once: more and they hide each other. */
const SAMPLES = 64;

/** A movement that pushes the block, to begin with. */
const FIRST_TRIAL: PushTTrial = {
  movement: {
    duration: 3,
    start: [110, 380],
    goal: [400, 200],
    weights: [[30, -24, 12], [48, 36, -30]],
    stiffness: 12,
  },
  block: [230, 250, 0.4],
};

export const EXPLORE = defineCommand({
  name: "explore",
  summary: "Serves a page for shaping Push-T movements with sliders and simulating them.",
  description:
    "The sliders set start, goal, duration, stiffness and weights of a dynamic movement " +
    "primitive; its path updates live. With a trained flow, the page overlays sampled " +
    "futures on the simulation. Only browsers on this machine can open the page.",
  arguments: {
    model: {
      description: "A trained flow: a run (pusht-flow), one of its stages, or a path",
      optional: true,
    },
  },
  flags: {
    engine: {
      type: "text",
      placeholder: "ENGINE",
      description: "Physics engine of Push-T; chipmunk reproduces gym-pusht exactly",
      choices: ENGINES,
      default: ENGINES[0],
    },
    seed: {
      type: "integer",
      placeholder: "SEED",
      description: "Seed of the candidates that the page draws, as in generate --policy dmp",
      default: 0,
      min: 0,
    },
    scaleForcing: {
      type: "boolean",
      description: "Start with the forcing term scaled by goal − start",
    },
    ...PAGE_FLAGS,
  },
  examples: [
    ["deno task explore", "shape a movement"],
    ["deno task explore pusht-flow", "overlay what the trained flow predicts"],
  ],
});

/** The page, with what it may ask. */
function composeExplorePage(
  options: ExploreOptions,
  { scaleForcing, model }: { readonly scaleForcing: boolean; readonly model: string },
): LocalPage {
  const { engine, seed, flow } = options;
  const data: ExploreModel = {
    drawing: PUSH_T_SHAPES,
    controlHz: getEnvironment("push-t").controlHz,
    seed,
    engine,
    trial: FIRST_TRIAL,
    scaleForcing,
    flow: flow && { name: model, maxSteps: flow.maxSteps, samples: flow.samples },
  };
  return composePage({
    title: "Push-T movements",
    body: renderExploreBody(data),
    scripts: pageScripts("explore.ts"),
    style: plotStyle() + EXPLORE_STYLE,
    data: { "/explore.json": { type: "application/json", body: JSON.stringify(data) } },
    actions: exploreActions(options),
  });
}

/** @throws {InvalidInputError} If there is no flow there */
async function findFlow(name: string) {
  const { directory, run } = await resolveArtifact(
    await dataRootWith(name, "model"),
    name,
    "model",
  );
  const model = run === null ? displayPath(directory) : `${run.pipeline}/${run.run}`;
  return { model, flow: await openFutures(directory, SAMPLES, name) };
}

if (import.meta.main) {
  await runCommand(EXPLORE, async ({ arguments: { model: name }, flags }) => {
    const engine = ENGINES.find((engine) => engine === flags.engine)!; // one of its choices
    const { model, flow } = name === undefined ? { model: "", flow: null } : await findFlow(name);
    const { seed, scaleForcing, port } = flags;
    await servePage(composeExplorePage({ engine, seed, flow }, { scaleForcing, model }), { port });
    return 0;
  });
}
