import { WORLD_SIZE } from "../push_t_scene.ts";
import type { BlockFrame } from "./block_frame.ts";
import { entersBlock, leaveBlock, NODES } from "./block_outline.ts";

/** Margin at the edge of the world in which no node is used (px). */
const MARGIN = 4;

/** Lengths of the free segments between nodes, `[8][8]`; Infinity if the block is in between. */
const BETWEEN = NODES.map((a) =>
  NODES.map((b) => a === b || entersBlock(...a, ...b) ? Infinity : distance(a, b))
);

/** Predecessors of a point: no node, unreachable, or else the index of a node. */
const DIRECTLY = -1, NOWHERE = -2;

/**
 * Shortest paths of the agent around a block at rest, along a visibility graph of eight nodes in
 * the block's frame.
 *
 * @see Dijkstra (1959), A note on two problems in connexion with graphs
 */
export class Ways {
  readonly #frame: BlockFrame;
  /** Start of the paths: the agent, or a point next to it where it touches the block. */
  readonly #start: readonly [x: number, y: number];
  /** Length of the path from the agent to there (px). */
  readonly #aside: number;
  /** Path length from the start to each node (px), and the node before it. */
  readonly #lengths: Float64Array;
  readonly #before: Int32Array;

  /** @param agent `[2]` px in the world */
  constructor(frame: BlockFrame, agent: readonly [x: number, y: number]) {
    this.#frame = frame;
    const local = frame.toLocal(...agent);
    this.#start = leaveBlock(...local);
    this.#aside = distance(local, this.#start);
    const isUsable = NODES.map((node) => frame.toWorld(...node).every(isWithinWorld));
    const lengths = this.#lengths = Float64Array.from(NODES, (node, i) => {
      const isFree = isUsable[i] && !entersBlock(...this.#start, ...node);
      return isFree ? distance(node, this.#start) : Infinity;
    });
    const before = this.#before = new Int32Array(NODES.length).fill(DIRECTLY);
    const isDone = NODES.map(() => false);
    for (;;) {
      let next = NOWHERE;
      for (let i = 0; i < NODES.length; i++) {
        if (isDone[i] || lengths[i] === Infinity) continue;
        if (next < 0 || lengths[i]! < lengths[next]!) next = i;
      }
      if (next < 0) break;
      isDone[next] = true;
      for (let i = 0; i < NODES.length; i++) {
        const length = lengths[next]! + BETWEEN[next]![i]!;
        if (!isUsable[i] || length >= lengths[i]!) continue;
        lengths[i] = length;
        before[i] = next;
      }
    }
  }

  /** Path length from the agent to a point of the block's frame (px); Infinity if there is none. */
  lengthTo(x: number, y: number): number {
    return this.#aside + this.#last(x, y).length;
  }

  /**
   * The corners of the way to a point of the block's frame, the point itself last.
   *
   * @returns Points of the world; null if there is no way
   */
  to(x: number, y: number): readonly (readonly [x: number, y: number])[] | null {
    let { node } = this.#last(x, y);
    if (node === NOWHERE) return null;
    const points = [this.#frame.toWorld(x, y)];
    for (; node >= 0; node = this.#before[node]!) {
      points.unshift(this.#frame.toWorld(...NODES[node]!));
    }
    if (this.#aside > 0.5) points.unshift(this.#frame.toWorld(...this.#start));
    return points;
  }

  /** The last node on the shortest way to a point, and the length of that way. */
  #last(x: number, y: number): { readonly node: number; readonly length: number } {
    if (!entersBlock(...this.#start, x, y)) {
      return { node: DIRECTLY, length: distance(this.#start, [x, y]) };
    }
    let node = NOWHERE, least = Infinity;
    for (let i = 0; i < NODES.length; i++) {
      const length = this.#lengths[i]! + distance(NODES[i]!, [x, y]);
      if (length >= least || entersBlock(...NODES[i]!, x, y)) continue;
      least = length;
      node = i;
    }
    return { node, length: least };
  }
}

function isWithinWorld(coordinate: number): boolean {
  return coordinate > MARGIN && coordinate < WORLD_SIZE - MARGIN;
}

function distance(a: readonly [number, number], b: readonly [number, number]): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}
