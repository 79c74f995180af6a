import { BLOCK_INERTIA, BLOCK_MASS, PHYSICS_TIMESTEP } from "../push_t_scene.ts";
import { TINY } from "./closest_points.ts";

/**
 * Contacts of the block with one other shape, and the impulses that keep them apart: sequential
 * impulses with a warm start, and a velocity of its own ("bias") that pushes overlaps out, as in
 * Chipmunk2D. What the block touches has infinite mass; nothing rubs or bounces.
 */

const INVERSE_MASS = 1 / BLOCK_MASS, INVERSE_INERTIA = 1 / BLOCK_INERTIA;
/** Overlap that is left, so that contacts do not flicker (px). */
const SLOP = Math.fround(0.1);
/** Share of an overlap that one step pushes out: 1 − 0.9 to the power of 60 a second. */
const BIAS = 1 - Math.pow(Math.pow(Math.fround(0.9), 60), PHYSICS_TIMESTEP);
/** Steps without contact after which the impulses are forgotten. */
const PERSISTENCE = 3;
/** Edge to edge gives two. */
const MAX_CONTACTS = 2;

/** States of a pair. A pair that meets again after a pause is new, though its impulses are kept. */
const APART = 0, NEW = 1, TOUCHING = 2, PAUSED = 3;

/** A body whose velocities impulses change. */
export interface BlockMotion {
  /** Position of the centre of gravity (px). */
  x: number;
  y: number;
  /** Linear and angular velocity (px/s, rad/s). */
  vx: number;
  vy: number;
  w: number;
  /** The same, of the bias. */
  biasX: number;
  biasY: number;
  biasW: number;
}

/** Position and motion of an obstacle that touches the block. */
export interface Obstacle {
  readonly x: number;
  readonly y: number;
  readonly vx: number;
  readonly vy: number;
}

/** The contacts of one pair of shapes. Per contact: `[2]`. */
export class Arbiter {
  readonly obstacle: Obstacle;
  count = 0;
  /** Unit normal from the obstacle to the block. */
  #nx = 0;
  #ny = 0;
  #state = APART;
  /** Physics steps since the last contact. */
  #age = 0;
  readonly #ids = new Int32Array(MAX_CONTACTS);
  readonly #oldIds = new Int32Array(MAX_CONTACTS);
  #oldCount = 0;
  /** Accumulated impulses. */
  readonly #impulses = new Float64Array(MAX_CONTACTS);
  readonly #oldImpulses = new Float64Array(MAX_CONTACTS);
  readonly #biasImpulses = new Float64Array(MAX_CONTACTS);
  /** Contact point from the obstacle's centre, and from the block's. */
  readonly #fromX = new Float64Array(MAX_CONTACTS);
  readonly #fromY = new Float64Array(MAX_CONTACTS);
  readonly #rx = new Float64Array(MAX_CONTACTS);
  readonly #ry = new Float64Array(MAX_CONTACTS);
  /** Mass that a unit impulse along the normal moves, and the speed that the bias requires. */
  readonly #masses = new Float64Array(MAX_CONTACTS);
  readonly #targets = new Float64Array(MAX_CONTACTS);

  constructor(obstacle: Obstacle) {
    this.obstacle = obstacle;
  }

  /** Forgets everything, so that a snapshot holds nothing of another episode. */
  clear(): void {
    this.count = 0;
    this.#state = APART;
    this.#age = 0;
    this.#ids.fill(0);
    this.#impulses.fill(0);
  }

  /** Begins to list the contacts of this step. */
  open(nx: number, ny: number): void {
    this.#nx = nx;
    this.#ny = ny;
    for (let i = 0; i < this.count; i++) {
      this.#oldIds[i] = this.#ids[i]!;
      this.#oldImpulses[i] = this.#impulses[i]!;
    }
    this.#oldCount = this.#state === APART ? 0 : this.count;
    this.count = 0;
  }

  /**
   * Adds a contact; one that existed before keeps its impulse.
   *
   * @param id Of the corners that meet
   */
  add(id: number, ax: number, ay: number, bx: number, by: number, block: BlockMotion): void {
    const i = this.count++;
    this.#fromX[i] = ax - this.obstacle.x;
    this.#fromY[i] = ay - this.obstacle.y;
    this.#rx[i] = bx - block.x;
    this.#ry[i] = by - block.y;
    this.#ids[i] = id;
    this.#impulses[i] = 0;
    for (let old = 0; old < this.#oldCount; old++) {
      if (this.#oldIds[old] === id) this.#impulses[i] = this.#oldImpulses[old]!;
    }
  }

  /**
   * Ends the list. An empty one leaves the pair as it was.
   *
   * @returns Whether the pair touches
   */
  close(): boolean {
    if (this.count === 0) {
      this.count = this.#oldCount;
      return false;
    }
    this.#age = -1; // found in this step
    if (this.#state !== TOUCHING) this.#state = NEW;
    return true;
  }

  /** Ends a search for contacts: a pair that was not found in it ages. */
  age(): void {
    if (this.#state === APART) return;
    if (++this.#age <= 0) return;
    this.#state = PAUSED;
    if (this.#age >= PERSISTENCE) this.clear();
  }

  /** Computes what the iterations need. */
  prepare(block: BlockMotion): void {
    const nx = this.#nx, ny = this.#ny;
    const deltaX = block.x - this.obstacle.x, deltaY = block.y - this.obstacle.y;
    for (let i = 0; i < this.count; i++) {
      const rx = this.#rx[i]!, ry = this.#ry[i]!;
      const lever = rx * ny - ry * nx;
      this.#masses[i] = 1 / (INVERSE_MASS + INVERSE_INERTIA * lever * lever);
      const distance = (rx - this.#fromX[i]! + deltaX) * nx + (ry - this.#fromY[i]! + deltaY) * ny;
      this.#targets[i] = -BIAS * Math.min(0, distance + SLOP) / PHYSICS_TIMESTEP;
      this.#biasImpulses[i] = 0;
    }
  }

  /** Applies the impulses of the step before, where the pair has touched since. */
  warmStart(block: BlockMotion): void {
    if (this.#state === TOUCHING) {
      for (let i = 0; i < this.count; i++) this.#push(i, this.#impulses[i]!, block);
    }
    this.#state = TOUCHING;
  }

  /** One iteration over the contacts. */
  solve(block: BlockMotion): void {
    const nx = this.#nx, ny = this.#ny, { vx, vy } = this.obstacle;
    for (let i = 0; i < this.count; i++) {
      const rx = this.#rx[i]!, ry = this.#ry[i]!, mass = this.#masses[i]!;
      const biasSpeed = (block.biasX - ry * block.biasW) * nx +
        (block.biasY + rx * block.biasW) * ny;
      const speed = (block.vx - ry * block.w - vx) * nx + (block.vy + rx * block.w - vy) * ny;
      const biasBefore = this.#biasImpulses[i]!, before = this.#impulses[i]!;
      const bias = Math.max(biasBefore + (this.#targets[i]! - biasSpeed) * mass, 0);
      const impulse = Math.max(before + -speed * mass, 0);
      this.#biasImpulses[i] = bias;
      this.#impulses[i] = impulse;
      const jx = nx * (bias - biasBefore), jy = ny * (bias - biasBefore);
      block.biasX += jx * INVERSE_MASS;
      block.biasY += jy * INVERSE_MASS;
      block.biasW += INVERSE_INERTIA * (rx * jy - ry * jx);
      this.#push(i, impulse - before, block);
    }
  }

  #push(i: number, impulse: number, block: BlockMotion): void {
    const jx = this.#nx * impulse, jy = this.#ny * impulse;
    block.vx += jx * INVERSE_MASS;
    block.vy += jy * INVERSE_MASS;
    block.w += INVERSE_INERTIA * (this.#rx[i]! * jy - this.#ry[i]! * jx);
  }

  /** Numbers that {@linkcode save} writes. */
  static readonly stateSize = 3 + 2 * MAX_CONTACTS;

  /** Saves the state that outlasts a step. */
  save(state: Float64Array, offset: number): void {
    state.set([this.#state, this.#age, this.count, ...this.#ids, ...this.#impulses], offset);
  }

  load(state: Float64Array, offset: number): void {
    this.#state = state[offset]!;
    this.#age = state[offset + 1]!;
    this.count = state[offset + 2]!;
    this.#ids.set(state.subarray(offset + 3, offset + 3 + MAX_CONTACTS));
    this.#impulses.set(state.subarray(offset + 3 + MAX_CONTACTS, offset + 3 + 2 * MAX_CONTACTS));
  }
}

/** An edge of a shape, thickened by a radius. */
export interface Edge {
  /** Its ends, px, and their ids, 0 … 3. */
  readonly ax: number;
  readonly ay: number;
  readonly aId: number;
  readonly bx: number;
  readonly by: number;
  readonly bId: number;
  readonly radius: number;
}

/**
 * Contacts of two edges that face each other: an end of one, projected along the normal onto the
 * other, where they overlap there.
 *
 * @param nx Unit normal from the first edge to the second
 */
export function addEdgeContacts(
  first: Edge,
  second: Edge,
  nx: number,
  ny: number,
  add: (id: number, ax: number, ay: number, bx: number, by: number) => void,
): void {
  const firstA = first.ax * ny - first.ay * nx, firstB = first.bx * ny - first.by * nx;
  const secondA = second.ax * ny - second.ay * nx, secondB = second.bx * ny - second.by * nx;
  const firstScale = 1 / (firstB - firstA + TINY), secondScale = 1 / (secondB - secondA + TINY);
  for (let end = 0; end < 2; end++) {
    const s = clamp01(((end === 0 ? secondB : secondA) - firstA) * firstScale);
    const t = clamp01(((end === 0 ? firstA : firstB) - secondA) * secondScale);
    const ax = nx * first.radius + (first.ax * (1 - s) + first.bx * s);
    const ay = ny * first.radius + (first.ay * (1 - s) + first.by * s);
    const bx = nx * -second.radius + (second.ax * (1 - t) + second.bx * t);
    const by = ny * -second.radius + (second.ay * (1 - t) + second.by * t);
    if ((bx - ax) * nx + (by - ay) * ny > 0) continue;
    add(end === 0 ? 4 * first.aId + second.bId : 4 * first.bId + second.aId, ax, ay, bx, by);
  }
}

function clamp01(value: number): number {
  return Math.max(0, Math.min(value, 1));
}
