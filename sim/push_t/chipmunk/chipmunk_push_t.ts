import {
  AGENT_RADIUS,
  CENTRE_OF_GRAVITY,
  DAMPING,
  PHYSICS_TIMESTEP,
  type PushTEngine,
  type PushTState,
  STIFFNESS,
  SUBSTEPS,
  WALL_RADIUS,
} from "../push_t_scene.ts";
import type { Engine } from "../../world/engine.ts";
import { ClosestPoints, type Outline } from "./closest_points.ts";
import { addEdgeContacts, Arbiter, type BlockMotion, type Obstacle } from "./contacts.ts";
import { type Box, createParts, WALL_OUTLINES } from "./outlines.ts";
import { meets, PairFinder, type PairListener } from "./pair_finder.ts";
import { cosineAndSine } from "./trigonometry.ts";

/** The engine, as keys name it: the version of pymunk that it does the same as. */
export const CHIPMUNK: Engine = { name: "chipmunk", version: "pymunk 6.11.1" };

const ITERATIONS = 10;
/** Initial positions in gym-pusht's space, before it sets the requested state. */
const AGENT_AT_FIRST = [256, 400] as const, BLOCK_AT_FIRST = [256, 300] as const;
/** A part may touch the agent and four walls. */
const PARTNERS = 5;

const [COG_X, COG_Y] = CENTRE_OF_GRAVITY;
/** Agent x, y, vx, vy; block x, y, angle, vx, vy, w, and the three of its bias. */
const MOTION_SIZE = 13;
const FINDER_AT = MOTION_SIZE, ARBITERS_AT = FINDER_AT + PairFinder.stateSize;
/** Numbers of a snapshot. */
export const CHIPMUNK_STATE_SIZE = ARBITERS_AT + 2 * PARTNERS * Arbiter.stateSize;

const STILL: Obstacle = { x: 0, y: 0, vx: 0, vy: 0 };

/**
 * Push-T as gym-pusht 0.1.8 computes it with pymunk 6.11.1: a solver in double precision that does
 * what Chipmunk2D (MIT; © Scott Lembcke and Howling Moon Software; as Munk2D © Victor Blomqvist)
 * does for one circle, one T and four walls, in the same order.
 */
export class ChipmunkPushT implements PushTEngine, PairListener {
  readonly stateSize = CHIPMUNK_STATE_SIZE;
  readonly pose = new Float64Array(7);
  touched = false;

  readonly #agent = { x: 0, y: 0, vx: 0, vy: 0 };
  readonly #agentOutline: Outline = { x: new Float64Array(1), y: new Float64Array(1) };
  readonly #agentBox: Box = new Float64Array(4);
  readonly #block: BlockMotion & { angle: number } = {
    x: 0,
    y: 0,
    angle: 0,
    vx: 0,
    vy: 0,
    w: 0,
    biasX: 0,
    biasY: 0,
    biasW: 0,
  };
  readonly #parts = createParts();
  readonly #finder = new PairFinder([this.#agentBox, this.#parts[0].box, this.#parts[1].box]);
  /** `[part][partner]` */
  readonly #arbiters = Array.from(
    { length: 2 * PARTNERS },
    (_, i) => new Arbiter(i % PARTNERS === 0 ? this.#agent : STILL),
  );
  /** Partners that touch in this step, in the order in which they were found. */
  readonly #touching = new Int32Array(2 * PARTNERS);
  #touchingCount = 0;
  readonly #search = new ClosestPoints();
  readonly #rotation = new Float64Array(2);

  reset([agentX, agentY, blockX, blockY, angle]: PushTState): void {
    const agent = this.#agent, block = this.#block;
    agent.x = AGENT_AT_FIRST[0], agent.y = AGENT_AT_FIRST[1];
    agent.vx = agent.vy = 0;
    block.x = BLOCK_AT_FIRST[0] + COG_X, block.y = BLOCK_AT_FIRST[1] + COG_Y;
    block.angle = 0;
    block.vx =
      block.vy =
      block.w =
      block.biasX =
      block.biasY =
      block.biasW =
        0;
    for (const arbiter of this.#arbiters) arbiter.clear();
    this.#placeAgent();
    this.#placeBlock();
    this.#finder.reset();
    agent.x = agentX, agent.y = agentY;
    block.x = blockX + COG_X, block.y = blockY + COG_Y; // as it lies unturned
    block.angle = angle;
    this.#placeBlock();
    this.#advance();
    this.touched = false;
    this.#report();
  }

  step(x: number, y: number): void {
    const agent = this.#agent;
    this.touched = false;
    for (let substep = 0; substep < SUBSTEPS; substep++) {
      agent.vx += (STIFFNESS * (x - agent.x) + DAMPING * (0 - agent.vx)) * PHYSICS_TIMESTEP;
      agent.vy += (STIFFNESS * (y - agent.y) + DAMPING * (0 - agent.vy)) * PHYSICS_TIMESTEP;
      this.#advance();
    }
    this.#report();
  }

  /** One physics step. */
  #advance(): void {
    const agent = this.#agent, block = this.#block;
    agent.x += agent.vx * PHYSICS_TIMESTEP;
    agent.y += agent.vy * PHYSICS_TIMESTEP;
    this.#placeAgent();
    if (this.#isMoving()) {
      block.x += (block.vx + block.biasX) * PHYSICS_TIMESTEP;
      block.y += (block.vy + block.biasY) * PHYSICS_TIMESTEP;
      block.angle += (block.w + block.biasW) * PHYSICS_TIMESTEP;
      block.biasX = block.biasY = block.biasW = 0;
      this.#placeBlock();
    }
    this.#touchingCount = 0;
    this.#finder.update(agent.vx, agent.vy, block.vx, block.vy, this);
    // Damping 0: nothing of the block's velocity is left.
    block.vx = block.vy = block.w = 0;
    this.#solve();
  }

  #isMoving(): boolean {
    const { vx, vy, w, biasX, biasY, biasW } = this.#block;
    return vx !== 0 || vy !== 0 || w !== 0 || biasX !== 0 || biasY !== 0 || biasW !== 0;
  }

  collide(part: number, partner: number, edge: number): number {
    const outline = this.#parts[part]!;
    const wall = partner === 0 ? undefined : WALL_OUTLINES[partner - 1]!;
    const box = wall?.box ?? this.#agentBox;
    if (!meets(box, outline.box)) return edge;
    const search = this.#search;
    const guessX = centre(box[0]!, box[2]!) - centre(outline.box[0]!, outline.box[2]!);
    const guessY = centre(box[1]!, box[3]!) - centre(outline.box[1]!, outline.box[3]!);
    search.find(wall?.outline ?? this.#agentOutline, outline, edge, guessX, guessY);
    const { nx, ny, distance } = search;
    if (distance > (wall === undefined ? AGENT_RADIUS : WALL_RADIUS)) return search.edge;
    const index = part * PARTNERS + partner, arbiter = this.#arbiters[index]!;
    arbiter.open(nx, ny);
    if (wall === undefined) {
      const ax = search.ax + nx * AGENT_RADIUS, ay = search.ay + ny * AGENT_RADIUS;
      arbiter.add(0, ax, ay, search.bx, search.by, this.#block);
    } else {
      const facing = wall.normal[0] * nx + wall.normal[1] * ny > 0 ? wall.front : wall.back;
      addEdgeContacts(facing, outline.edgeFacing(-nx, -ny), nx, ny, (id, ax, ay, bx, by) => {
        arbiter.add(id, ax, ay, bx, by, this.#block);
      });
    }
    if (arbiter.close()) this.#touching[this.#touchingCount++] = index;
    return search.edge;
  }

  #solve(): void {
    const count = this.#touchingCount, touching = this.#touching, arbiters = this.#arbiters;
    for (const arbiter of arbiters) arbiter.age();
    if (count === 0) return;
    this.touched = true;
    const block = this.#block;
    for (let i = 0; i < count; i++) arbiters[touching[i]!]!.prepare(block);
    for (let i = 0; i < count; i++) arbiters[touching[i]!]!.warmStart(block);
    for (let iteration = 0; iteration < ITERATIONS; iteration++) {
      for (let i = 0; i < count; i++) arbiters[touching[i]!]!.solve(block);
    }
  }

  #placeAgent(): void {
    const { x, y } = this.#agent, box = this.#agentBox;
    this.#agentOutline.x[0] = x;
    this.#agentOutline.y[0] = y;
    box[0] = x - AGENT_RADIUS, box[1] = y - AGENT_RADIUS;
    box[2] = x + AGENT_RADIUS, box[3] = y + AGENT_RADIUS;
  }

  #placeBlock(): void {
    cosineAndSine(this.#block.angle, this.#rotation);
    const cosine = this.#rotation[0]!, sine = this.#rotation[1]!;
    const { x: originX, y: originY } = this.#originOf(cosine, sine);
    for (const part of this.#parts) part.place(originX, originY, cosine, sine);
  }

  /** Computes the block's origin from its centre of gravity and angle. */
  #originOf(cosine: number, sine: number) {
    const { x, y } = this.#block;
    return { x: x - (COG_X * cosine - COG_Y * sine), y: y - (COG_X * sine + COG_Y * cosine) };
  }

  #report(): void {
    const { x, y, vx, vy } = this.#agent, { angle } = this.#block;
    const origin = this.#originOf(this.#rotation[0]!, this.#rotation[1]!);
    this.pose.set([x, y, vx, vy, origin.x, origin.y, angle]);
  }

  snapshot(): Float64Array {
    const state = new Float64Array(CHIPMUNK_STATE_SIZE);
    const { x, y, vx, vy } = this.#agent, block = this.#block;
    const { angle, w, biasX, biasY, biasW } = block;
    state.set([x, y, vx, vy, block.x, block.y, angle, block.vx, block.vy, w, biasX, biasY, biasW]);
    this.#finder.save(state, FINDER_AT);
    for (const [i, arbiter] of this.#arbiters.entries()) {
      arbiter.save(state, ARBITERS_AT + i * Arbiter.stateSize);
    }
    return state;
  }

  restore(state: Float64Array): void {
    const agent = this.#agent, block = this.#block;
    [agent.x = 0, agent.y = 0, agent.vx = 0, agent.vy = 0] = state.subarray(0, 4);
    [block.x = 0, block.y = 0, block.angle = 0] = state.subarray(4, 7);
    [block.vx = 0, block.vy = 0, block.w = 0] = state.subarray(7, 10);
    [block.biasX = 0, block.biasY = 0, block.biasW = 0] = state.subarray(10, 13);
    this.#finder.load(state, FINDER_AT);
    for (const [i, arbiter] of this.#arbiters.entries()) {
      arbiter.load(state, ARBITERS_AT + i * Arbiter.stateSize);
    }
    this.touched = false;
    this.#placeAgent();
    this.#placeBlock();
    this.#report();
  }

  moveAgent(x: number, y: number, vx: number, vy: number): void {
    const agent = this.#agent;
    agent.x = x, agent.y = y;
    agent.vx = vx, agent.vy = vy;
    this.#placeAgent();
    this.#report();
  }

  createAnother(): ChipmunkPushT {
    return new ChipmunkPushT();
  }

  [Symbol.dispose](): void {}
}

function centre(low: number, high: number): number {
  return low * 0.5 + high * 0.5;
}
