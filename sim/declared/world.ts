import { rowSize } from "../../core/episode.ts";
import { ARM_JOINTS, FINGER_OPEN, JOINT_HIGH, JOINT_LOW } from "../arm/arm.ts";
import type { RandomizationDraw, World, WorldOptions } from "../world/world.ts";
import { MujocoScene } from "../mujoco/mujoco.ts";
import { countSubsteps, type MujocoTask, MujocoWorld } from "../mujoco/mujoco_world.ts";
import { placeJoint } from "./layout/articulation_layout.ts";
import { applyInterval, type NamedEvent, varyModel } from "./functors/event_draws.ts";
import type { GymConfig } from "./config/gym_config_types.ts";
import {
  layoutOf,
  type PartLayout,
  placeObject,
  type SceneLayout,
  startOf,
} from "./layout/layout.ts";
import { observedFields } from "./functors/observations.ts";
import { placeGroups } from "./layout/place_groups.ts";
import { declaredScene, SCENE_CAMERA } from "./scene/scene.ts";
import { feelsForces } from "./functors/sensors.ts";
import { actionField, controlHzOf, controlParts } from "./spaces.ts";
import { membersInside } from "./layout/vessels.ts";

/** Parts of a world that policies need in addition to its observation. */
export interface WorldParts {
  readonly scene: MujocoScene;
  readonly layout: SceneLayout;
}

/** Parts from which `createWorld()` made each world. */
export const PARTS = new WeakMap<World, WorldParts>();

/** The world of a checked config. */
export async function createWorld(
  config: GymConfig,
  events: readonly NamedEvent[],
  options: WorldOptions = {},
): Promise<World> {
  const timestep = options.physicsTimestep ?? config.physics_dt;
  const substeps = countSubsteps(controlHzOf(config), timestep);
  const scene = await MujocoScene.compile(declaredScene(config, timestep));
  const layout = layoutOf(config, scene);
  const task = createTask(config, events, { layout, substeps });
  const world = new MujocoWorld(scene, task);
  PARTS.set(world, { scene, layout });
  return world;
}

function createTask(
  config: GymConfig,
  events: readonly NamedEvent[],
  { layout, substeps }: { readonly layout: SceneLayout; readonly substeps: number },
): MujocoTask {
  const fields = observedFields(config);
  const parts = partsOf(config, layout);
  const actionSize = rowSize(actionField(config).shape), needsForces = feelsForces(config);
  /** Seeds of interval events of the episode; a part of what configure() set. */
  let seeds: ReadonlyMap<NamedEvent, number> = new Map();
  return {
    substeps,
    camera: SCENE_CAMERA,
    observationSize: fields.reduce((sum, { spec }) => sum + rowSize(spec.shape), 0),
    actionSize,
    draggable: draggableObjects(config),
    carried: (scene, name) =>
      config.rigid_object_group.flatMap(({ uid }) =>
        membersInside({ scene, layout, config }, uid, name).map((member) => member.uid)
      ),
    vary(scene, draw) {
      for (const event of events) varyModel(scene, layout, event, { draw, seed: config.seed });
      seeds = intervalSeeds(events, draw);
    },
    place(scene, random) {
      placeRobot(scene, layout, config);
      for (const object of layout.objects.values()) placeObject(scene, object, object.start);
      for (const { joints } of layout.articulations.values()) {
        for (const joint of joints) placeJoint(scene, joint, joint.start);
      }
      for (const { bound } of events) bound.place?.(scene, layout, random);
      placeGroups(scene, layout, config);
    },
    control(scene, action) {
      const step = Math.round(scene.time * controlHzOf(config));
      for (const [event, seed] of seeds) applyInterval(scene, layout, event, { seed, step });
      applyAction(scene, parts, action);
    },
    observe(scene, observation) {
      if (needsForces) scene.updateForces();
      let at = 0;
      for (const { spec, read } of fields) {
        observation.set(read(scene, layout), at);
        at += rowSize(spec.shape);
      }
    },
    holdAction: (scene) => askedAction(scene, parts),
  };
}

/** Seeds of the interval events that were drawn. */
function intervalSeeds(
  events: readonly NamedEvent[],
  draw: RandomizationDraw,
): ReadonlyMap<NamedEvent, number> {
  return new Map(events.flatMap((event) => {
    const seed = event.mode === "interval" ? draw[event.name]?.[0] : undefined;
    return seed === undefined ? [] : [[event, Math.floor(seed)]];
  }));
}

/** Objects that stand on their own, and roots; members of groups are too many to name. */
function draggableObjects({ background, rigid_object, articulation }: GymConfig): string[] {
  const objects = [...background, ...rigid_object]
    .filter(({ body_type }) => body_type === "dynamic" || body_type === "kinematic")
    .map(({ uid }) => uid);
  return [...objects, ...articulation.map(({ uid, links: [root] }) => `${uid}/${root!.name}`)]; // of at least one
}

/** Control parts in the order of the action's components. */
export function partsOf(config: GymConfig, { parts }: SceneLayout): readonly PartLayout[] {
  return controlParts(config).map((part) => parts.find((layout) => layout.part === part)!); // checkRobot() has found it
}

function placeRobot(scene: MujocoScene, { parts }: SceneLayout, config: GymConfig): void {
  for (const { part, arm, isGripper } of parts) {
    const start = startOf(part, config);
    const values = isGripper ? [start[0]!, start[0]!] : start;
    const first = isGripper ? ARM_JOINTS.length : 0;
    scene.data("qpos").set(values, arm.qpos + first);
    scene.data("ctrl").set(values, arm.ctrl + first);
  }
}

function applyAction(
  scene: MujocoScene,
  parts: readonly PartLayout[],
  action: Float32Array,
): void {
  const ctrl = scene.data("ctrl");
  let at = 0;
  for (const { arm, isGripper } of parts) {
    if (isGripper) {
      const opening = Math.min(FINGER_OPEN, Math.max(0, action[at++]!));
      ctrl.fill(opening, arm.ctrl + ARM_JOINTS.length, arm.ctrl + ARM_JOINTS.length + 2);
      continue;
    }
    for (let i = 0; i < ARM_JOINTS.length; i++) {
      ctrl[arm.ctrl + i] = Math.min(JOINT_HIGH[i]!, Math.max(JOINT_LOW[i]!, action[at++]!));
    }
  }
}

/** The action that the controls stand at. */
function askedAction(scene: MujocoScene, parts: readonly PartLayout[]): Float32Array {
  const ctrl = scene.data("ctrl");
  return Float32Array.from(parts.flatMap(({ arm, isGripper }) => {
    const first = arm.ctrl + (isGripper ? ARM_JOINTS.length : 0);
    return [...ctrl.subarray(first, first + (isGripper ? 1 : ARM_JOINTS.length))];
  }));
}
