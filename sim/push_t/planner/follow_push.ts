import { WORLD_SIZE } from "../push_t_scene.ts";
import { BlockFrame } from "./block_frame.ts";
import { CLEARANCE, entersBlock } from "./block_outline.ts";
import { alongLine, type Push, type PushLine, pushLine, worldLine } from "./push.ts";
import { Ways } from "./ways.ts";

/** Lead of the target over the agent on its path, and on the push line (px). */
const LEAD = 36, PUSH_LEAD = 40;
/** Largest distance of a target from the agent, whatever threw it off its path (px). */
const REACH = 44;
/** Distance from a corner of the path at which the agent turns to the next one (px). */
const NEAR = 8;
/** Steps after which the push begins wherever the agent is, and as many after which it is over. */
const LONGEST = 60;
/**
 * Distance to the end of a push that counts as none (px), and the number of steps to wait for it.
 */
const END = 0.7, PATIENCE = 5;

/** Numbers of {@linkcode FollowedPush.save}. */
export const FOLLOWED_PUSH_SIZE = 15;

/**
 * A push that is carried out: around the block to where it begins, then along its line. A function
 * of observations alone, so that what is simulated is what is done.
 */
export class FollowedPush {
  readonly #push: Push;
  /** `[5]` the observation at which it began. */
  readonly #begun: Float32Array;
  readonly #frame: BlockFrame;
  readonly #line: PushLine;
  readonly #way: readonly (readonly [x: number, y: number])[];
  /** Corner of the way that the agent makes for. */
  #corner = 0;
  #isPushing = false;
  /** Steps on the way, then those of the push. */
  #steps = 0;
  /** Position of the target along the line (px), and the number of steps waited for its end. */
  #along = 0;
  #waited = 0;

  private constructor(
    push: Push,
    observation: Float32Array,
    frame: BlockFrame,
    way: readonly (readonly [x: number, y: number])[],
  ) {
    this.#push = push;
    this.#begun = observation;
    this.#frame = frame;
    this.#line = worldLine(push, frame);
    this.#way = way;
  }

  /**
   * Begins a push.
   *
   * @param observation `[5]`
   * @returns null if no way leads to its beginning
   */
  static begin(push: Push, observation: Float32Array): FollowedPush | null {
    const [agentX = 0, agentY = 0, x = 0, y = 0, angle = 0] = observation;
    const frame = new BlockFrame(x, y, angle);
    const way = new Ways(frame, [agentX, agentY]).to(...pushLine(push).start);
    return way === null ? null : new FollowedPush(push, observation.slice(), frame, way);
  }

  /**
   * The next target.
   *
   * @param observation `[5]`
   * @returns `[2]` px, at most 45 from the agent; null if the push is over
   */
  next([agentX = 0, agentY = 0]: Float32Array): Float32Array | null {
    if (!this.#isPushing && !this.#walk(agentX, agentY)) {
      this.#isPushing = true;
      this.#steps = 0;
      this.#along = alongLine(this.#line, agentX, agentY) + this.#push.speed;
    } else if (this.#isPushing && this.#hasEnded(agentX, agentY)) {
      return null;
    }
    this.#steps++;
    return this.#isPushing ? this.#advance(agentX, agentY) : this.#approach(agentX, agentY);
  }

  /** Whether the agent is still on its way; if so, chooses the farthest corner that it sees. */
  #walk(agentX: number, agentY: number): boolean {
    const last = this.#way.length - 1, { start } = this.#line;
    const isThere = this.#corner === last &&
      Math.hypot(agentX - start[0], agentY - start[1]) < NEAR;
    if (isThere || this.#steps > LONGEST) return false;
    while (this.#corner < last) {
      const [x, y] = this.#way[this.#corner]!;
      const isNear = Math.hypot(x - agentX, y - agentY) < NEAR;
      if (!isNear && !this.#sees(agentX, agentY, this.#way[this.#corner + 1]!)) break;
      this.#corner++;
    }
    return true;
  }

  #sees(agentX: number, agentY: number, point: readonly [x: number, y: number]): boolean {
    const from = this.#frame.toLocal(agentX, agentY), to = this.#frame.toLocal(...point);
    return !entersBlock(...from, ...to, CLEARANCE - 0.5);
  }

  #approach(agentX: number, agentY: number): Float32Array {
    const [x, y] = this.#way[this.#corner]!;
    return targetWithin(LEAD, [agentX, agentY], [x, y]);
  }

  #advance(agentX: number, agentY: number): Float32Array {
    const { length, speed } = this.#push, { start, direction } = this.#line;
    const most = PUSH_LEAD + alongLine(this.#line, agentX, agentY);
    this.#along = Math.max(0, Math.min(length, this.#along + speed, most));
    const x = start[0] + this.#along * direction[0], y = start[1] + this.#along * direction[1];
    return targetWithin(REACH, [agentX, agentY], [x, y]);
  }

  #hasEnded(agentX: number, agentY: number): boolean {
    const { length } = this.#push;
    if (this.#steps > LONGEST) return true;
    if (this.#along < length) return false;
    const gap = length - alongLine(this.#line, agentX, agentY);
    return gap < END || ++this.#waited > PATIENCE;
  }

  /** `[15]` all that it is, as numbers. */
  save(): readonly number[] {
    const { edge, fraction, angle, speed, length } = this.#push;
    return [
      ...[edge, fraction, angle, speed, length],
      ...this.#begun,
      ...[this.#corner, this.#steps, Number(this.#isPushing), this.#along, this.#waited],
    ];
  }

  /** @param state Of {@linkcode save} */
  static load(state: ArrayLike<number>): FollowedPush {
    const [edge = 0, fraction = 0, angle = 0, speed = 0, length = 0, ...rest] = Array.from(state);
    const [corner = 0, steps = 0, isPushing = 0, along = 0, waited = 0] = rest.slice(5);
    const push = { edge, fraction, angle, speed, length };
    const followed = FollowedPush.begin(push, Float32Array.from(rest.slice(0, 5)));
    if (followed === null) throw new RangeError("Cannot go on with a push: expected a way to it");
    followed.#corner = corner;
    followed.#steps = steps;
    followed.#isPushing = isPushing === 1;
    followed.#along = along;
    followed.#waited = waited;
    return followed;
  }
}

/**
 * Returns a target in the world at a limited distance from the agent (px), rounded as it is stored.
 */
export function targetWithin(
  reach: number,
  [agentX, agentY]: readonly [x: number, y: number],
  [x, y]: readonly [x: number, y: number],
): Float32Array {
  const dx = x - agentX, dy = y - agentY, scale = Math.min(1, reach / Math.hypot(dx, dy));
  const clip = (value: number) => Math.min(WORLD_SIZE, Math.max(0, value));
  return Float32Array.of(clip(agentX + scale * dx), clip(agentY + scale * dy));
}
