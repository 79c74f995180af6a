import type { RigidBody, World as RapierWorld } from "@dimforge/rapier2d-compat";
import type { Engine } from "../world/engine.ts";
import {
  AGENT_RADIUS,
  BLOCK_INERTIA,
  BLOCK_MASS,
  BLOCK_PARTS,
  CENTRE_OF_GRAVITY,
  DAMPING,
  PHYSICS_TIMESTEP,
  type PushTEngine,
  type PushTState,
  STIFFNESS,
  SUBSTEPS,
  WALL_RADIUS,
  WALLS,
} from "./push_t_scene.ts";

/** The engine, as keys name it; the version is pinned in deno.json and compared when it loads. */
export const RAPIER2D: Engine = { name: "@dimforge/rapier2d-compat", version: "0.21.0" };

/** Metres of a pixel: Rapier's tolerances are made for things of about a metre. */
const SCALE = 0.01;
/** Twice as many bring the block no nearer to gym-pusht's. */
const ITERATIONS = 4;

/** Control steps that a snapshot can hold: those of the longest episode. */
const MAX_STEPS = 300;
/** A start state, the number of actions since, and those. */
const START_SIZE = 5;
export const RAPIER_STATE_SIZE = START_SIZE + 1 + 2 * MAX_STEPS;

type Rapier = typeof import("@dimforge/rapier2d-compat");

/** Loads Rapier once per thread, where it is used. */
let loading: Promise<Rapier> | null = null;

async function load(): Promise<Rapier> {
  const { default: rapier } = await import("@dimforge/rapier2d-compat");
  await rapier.init();
  const found = rapier.version();
  if (found === RAPIER2D.version) return rapier;
  throw new Error(
    `Cannot use Rapier: expected version ${RAPIER2D.version}, found ${found}: run "deno install"`,
  );
}

/** A state that was restored, as Rapier has it. */
interface RestoredState {
  readonly state: Float64Array;
  readonly world: Uint8Array;
  readonly start: PushTState;
  readonly pose: Float64Array;
  readonly rotation: number;
  readonly touched: boolean;
}

/**
 * Push-T on Rapier, in single precision.
 *
 * A snapshot is the start state with the actions since: Rapier does the same again from a new world,
 * while its own snapshots differ in length, and would make up most of a stored episode.
 */
export class RapierPushT implements PushTEngine {
  readonly stateSize = RAPIER_STATE_SIZE;
  readonly pose = new Float64Array(7);
  touched = false;

  readonly #rapier: Rapier;
  #world: RapierWorld | null = null;
  #agent!: RigidBody;
  #block!: RigidBody;
  /** Last rotation of the block, which Rapier keeps within ± π (rad). */
  #rotation = 0;
  #start: PushTState = [0, 0, 0, 0, 0];
  readonly #actions = new Float64Array(2 * MAX_STEPS);
  #steps = 0;
  #isMoved = false;
  /**
   * State that was restored last, for callers that come back to it: a planner does so a hundred
   * times.
   */
  #restored: RestoredState | null = null;

  private constructor(rapier: Rapier) {
    this.#rapier = rapier;
  }

  static async create(): Promise<RapierPushT> {
    return new RapierPushT(await (loading ??= load()));
  }

  reset(state: PushTState): void {
    const [agentX, agentY, blockX, blockY, angle] = state;
    this.#start = [...state];
    this.#steps = 0;
    this.#isMoved = false;
    this.#build();
    const [cogX, cogY] = CENTRE_OF_GRAVITY, cosine = Math.cos(angle), sine = Math.sin(angle);
    this.#block.setTranslation({
      x: SCALE * (blockX + cogX - (cogX * cosine - cogY * sine)),
      y: SCALE * (blockY + cogY - (cogX * sine + cogY * cosine)),
    }, true);
    this.#block.setRotation(angle, true);
    this.pose.fill(0);
    this.pose[0] = agentX, this.pose[1] = agentY;
    this.#agent.setTranslation({ x: SCALE * agentX, y: SCALE * agentY }, true);
    this.pose[6] = angle;
    this.#rotation = this.#block.rotation();
    this.#advance(0, 0);
    this.#report();
    this.touched = false;
  }

  step(x: number, y: number): void {
    if (this.#steps < MAX_STEPS) this.#actions.set([x, y], 2 * this.#steps);
    this.#steps++;
    this.touched = false;
    const { pose } = this;
    for (let substep = 0; substep < SUBSTEPS; substep++) {
      const ax = STIFFNESS * (x - pose[0]!) - DAMPING * pose[2]!;
      const ay = STIFFNESS * (y - pose[1]!) - DAMPING * pose[3]!;
      this.#advance(pose[2]! + ax * PHYSICS_TIMESTEP, pose[3]! + ay * PHYSICS_TIMESTEP);
    }
    this.#report();
  }

  /**
   * Advances one physics step. Because gym-pusht's solver finds contacts after motion, the agent
   * pushes the block with its velocity of the previous step, while it moves with its new one.
   */
  #advance(vx: number, vy: number): void {
    const { pose } = this, block = this.#block, agent = this.#agent;
    // Damping 0: nothing of the block's velocity is left.
    if (block.isMoving()) {
      block.setLinvel({ x: 0, y: 0 }, false);
      block.setAngvel(0, false);
    }
    agent.setLinvel({ x: SCALE * pose[2]!, y: SCALE * pose[3]! }, true);
    this.#world!.step();
    pose[0]! += vx * PHYSICS_TIMESTEP;
    pose[1]! += vy * PHYSICS_TIMESTEP;
    pose[2] = vx;
    pose[3] = vy;
    agent.setTranslation({ x: SCALE * pose[0]!, y: SCALE * pose[1]! }, true);
    if (!this.touched) this.touched = block.isMoving();
  }

  #report(): void {
    const { pose } = this, { x, y } = this.#block.translation();
    const rotation = this.#block.rotation(), turn = rotation - this.#rotation;
    pose[4] = x / SCALE;
    pose[5] = y / SCALE;
    pose[6]! += turn - 2 * Math.PI * Math.round(turn / (2 * Math.PI));
    this.#rotation = rotation;
  }

  #build(): void {
    const RAPIER = this.#rapier;
    this.#world?.free();
    const world = this.#world = new RAPIER.World({ x: 0, y: 0 });
    world.timestep = PHYSICS_TIMESTEP;
    world.numSolverIterations = ITERATIONS;
    world.integrationParameters.normalizedPredictionDistance = 0;
    const fixed = world.createRigidBody(RAPIER.RigidBodyDesc.fixed());
    for (const [a, b] of WALLS) {
      const width = Math.abs(b[0] - a[0]) / 2 + WALL_RADIUS;
      const height = Math.abs(b[1] - a[1]) / 2 + WALL_RADIUS;
      const wall = RAPIER.ColliderDesc.cuboid(SCALE * width, SCALE * height).setFriction(0)
        .setTranslation(SCALE * (a[0] + b[0]) / 2, SCALE * (a[1] + b[1]) / 2);
      world.createCollider(wall, fixed);
    }
    this.#agent = world.createRigidBody(RAPIER.RigidBodyDesc.kinematicVelocityBased());
    const disc = RAPIER.ColliderDesc.ball(SCALE * AGENT_RADIUS).setFriction(0);
    world.createCollider(disc, this.#agent);
    const [x, y] = CENTRE_OF_GRAVITY;
    this.#block = world.createRigidBody(
      RAPIER.RigidBodyDesc.dynamic().setAdditionalMassProperties(
        BLOCK_MASS,
        { x: SCALE * x, y: SCALE * y },
        SCALE * SCALE * BLOCK_INERTIA,
      ),
    );
    for (const part of BLOCK_PARTS) {
      const [left, bottom] = part[0]!, [right, top] = part[2]!; // opposite corners
      const box = RAPIER.ColliderDesc
        .cuboid(SCALE * (right - left) / 2, SCALE * (top - bottom) / 2)
        .setTranslation(SCALE * (left + right) / 2, SCALE * (bottom + top) / 2)
        .setDensity(0).setFriction(0);
      world.createCollider(box, this.#block);
    }
  }

  snapshot(): Float64Array {
    if (this.#isMoved) {
      throw new RangeError(
        "Cannot take a snapshot: expected what actions led to, found an agent that was moved: " +
          "restore a state first",
      );
    }
    if (this.#steps > MAX_STEPS) {
      throw new RangeError(
        `Cannot take a snapshot: expected at most ${MAX_STEPS} steps since the reset, found ` +
          `${this.#steps}: use engine "chipmunk"`,
      );
    }
    const state = new Float64Array(RAPIER_STATE_SIZE);
    state.set([...this.#start, this.#steps]);
    state.set(this.#actions.subarray(0, 2 * this.#steps), START_SIZE + 1);
    return state;
  }

  restore(state: Float64Array): void {
    const known = this.#restored;
    if (known !== null && isSame(known.state, state)) {
      this.#return(known);
      return;
    }
    const [agentX = 0, agentY = 0, blockX = 0, blockY = 0, angle = 0, steps = 0] = state;
    const actions = state.slice(START_SIZE + 1);
    this.reset([agentX, agentY, blockX, blockY, angle]);
    for (let step = 0; step < steps; step++) this.step(actions[2 * step]!, actions[2 * step + 1]!);
    this.#restored = {
      state: state.slice(),
      world: this.#world!.takeSnapshot(),
      start: this.#start,
      pose: this.pose.slice(),
      rotation: this.#rotation,
      touched: this.touched,
    };
  }

  /** Returns to a state again: by Rapier's own snapshot, which takes no longer than a step. */
  #return({ state, world, start, pose, rotation, touched }: RestoredState): void {
    const agent = this.#agent.handle, block = this.#block.handle;
    this.#world?.free();
    this.#world = this.#rapier.World.restoreSnapshot(world);
    this.#agent = this.#world.getRigidBody(agent);
    this.#block = this.#world.getRigidBody(block);
    this.#start = start;
    this.#steps = state[START_SIZE]!;
    this.#actions.set(state.subarray(START_SIZE + 1));
    this.#isMoved = false;
    this.pose.set(pose);
    this.#rotation = rotation;
    this.touched = touched;
  }

  moveAgent(x: number, y: number, vx: number, vy: number): void {
    this.#isMoved = true;
    this.pose.set([x, y, vx, vy]);
    this.#agent.setTranslation({ x: SCALE * x, y: SCALE * y }, true);
  }

  createAnother(): RapierPushT {
    return new RapierPushT(this.#rapier);
  }

  [Symbol.dispose](): void {
    this.#world?.free();
    this.#world = null;
  }
}

function isSame(a: Float64Array, b: Float64Array): boolean {
  return a.every((value, i) => value === b[i]);
}
