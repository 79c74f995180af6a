import { type Box, WALL_OUTLINES } from "./outlines.ts";

/**
 * Finds the shapes that may touch, in the order in which Chipmunk2D's bounding-box tree comes upon
 * them: contacts are solved in that order, so it affects the block's motion.
 *
 * Three shapes move, so the tree has one shape: a root over a single leaf and an inner node over
 * two. Pairs within one body and pairs of agent and wall, which both have infinite mass, are left
 * out.
 */

/** The moving shapes, as leaves. Their partners are leaves, or walls by `WALL + index`. */
const AGENT = 0, BAR = 1, STEM = 2;
const WALL = 3;
const LEAVES = 3;
/** Partners that a part of the block has: the agent and the walls. */
const PARTNERS = 5;

/** Share of its size, and seconds of its velocity, by which a leaf's box is fattened. */
const FAT = Math.fround(0.1);

/** Listener for every pair whose enlarged boxes meet. */
export interface PairListener {
  /**
   * A part of the block and its partner: 0 the agent, 1 … 4 a wall.
   *
   * @param part 0 the bar, 1 the stem
   * @param edge What the last search of this pair returned, −1 for none
   * @returns What the next search may begin with
   */
  collide(part: number, partner: number, edge: number): number;
}

export class PairFinder {
  readonly #boxes: readonly Box[];
  readonly #fat: readonly Box[] = Array.from({ length: LEAVES }, () => new Float64Array(4));
  /** When each leaf was inserted last. */
  readonly #stamps = new Int32Array(LEAVES);
  /** Partners that a leaf meets when it is visited, oldest first, and how many. */
  readonly #own: readonly Int32Array[] = Array.from(
    { length: LEAVES },
    () => new Int32Array(PARTNERS),
  );
  readonly #owned = new Int32Array(LEAVES);
  /** Edge that the last search of each pair ended with: `[part][partner]`. */
  readonly #edges = new Int32Array(2 * PARTNERS).fill(-1);
  #now = 0;
  /** The inner node's children A and B, the leaf alone, and whether that is the root's child A. */
  #a = 0;
  #b = 0;
  #alone = 0;
  #aloneFirst = 0;

  /** @param boxes Exact boxes of agent, bar and stem, which the caller keeps current */
  constructor(boxes: readonly Box[]) {
    this.#boxes = boxes;
  }

  /** Begins from boxes of shapes at rest. */
  reset(): void {
    this.#now = WALL_OUTLINES.length; // each wall's insertion was a tick
    this.#owned.fill(0);
    for (const own of this.#own) own.fill(0);
    this.#edges.fill(-1);
    const silent: PairListener = { collide: (_part, _partner, edge) => edge };
    for (const leaf of [AGENT, BAR, STEM]) {
      this.#fatten(leaf, 0, 0);
      this.#stamps[leaf] = this.#now;
      if (leaf === BAR) [this.#a, this.#b] = [BAR, AGENT];
      if (leaf === STEM) this.#insert(STEM, this.#a, this.#b);
      this.#mark(leaf, silent, leaf + 1);
      this.#now++;
    }
  }

  /**
   * Reports the pairs of one physics step.
   *
   * @param agent `[2]` its velocity, px/s
   * @param block `[2]` its velocity, px/s
   */
  update(agentX: number, agentY: number, blockX: number, blockY: number, to: PairListener): void {
    if (!this.#holds(BAR)) this.#move(BAR, blockX, blockY);
    if (!this.#holds(STEM)) this.#move(STEM, blockX, blockY);
    if (!this.#holds(AGENT)) this.#move(AGENT, agentX, agentY);
    const first = this.#aloneFirst === 1;
    if (first) this.#mark(this.#alone, to, LEAVES);
    this.#mark(this.#a, to, LEAVES);
    this.#mark(this.#b, to, LEAVES);
    if (!first) this.#mark(this.#alone, to, LEAVES);
    this.#now++;
  }

  /** Numbers that {@linkcode save} writes. */
  static readonly stateSize = 4 * LEAVES + 2 * LEAVES + PARTNERS * LEAVES + 2 * PARTNERS + 5;

  save(state: Float64Array, offset: number): void {
    let at = offset;
    for (const part of this.#parts()) {
      state.set(part, at);
      at += part.length;
    }
    state.set([this.#now, this.#a, this.#b, this.#alone, this.#aloneFirst], at);
  }

  load(state: Float64Array, offset: number): void {
    let at = offset;
    for (const part of this.#parts()) {
      part.set(state.subarray(at, at + part.length));
      at += part.length;
    }
    [this.#now, this.#a, this.#b, this.#alone, this.#aloneFirst] = state.subarray(at, at + 5) as
      & Float64Array
      & [number, number, number, number, number]; // of that length
  }

  #parts() {
    return [...this.#fat, this.#stamps, ...this.#own, this.#owned, this.#edges];
  }

  #holds(leaf: number): boolean {
    const fat = this.#fat[leaf]!, box = this.#boxes[leaf]!;
    return fat[0]! <= box[0]! && fat[2]! >= box[2]! && fat[1]! <= box[1]! && fat[3]! >= box[3]!;
  }

  #fatten(leaf: number, velocityX: number, velocityY: number): void {
    const box = this.#boxes[leaf]!, fat = this.#fat[leaf]!;
    const w = (box[2]! - box[0]!) * FAT, h = (box[3]! - box[1]!) * FAT;
    const x = velocityX * FAT, y = velocityY * FAT;
    fat[0] = box[0]! + Math.min(-w, x);
    fat[1] = box[1]! + Math.min(-h, y);
    fat[2] = box[2]! + Math.max(w, x);
    fat[3] = box[3]! + Math.max(h, y);
  }

  /** Takes a leaf that left its box out of the tree and of its pairs, and puts it in again. */
  #move(leaf: number, velocityX: number, velocityY: number): void {
    this.#fatten(leaf, velocityX, velocityY);
    if (leaf === this.#alone) this.#insert(leaf, this.#a, this.#b);
    else {
      const sibling = leaf === this.#a ? this.#b : this.#a;
      if (this.#aloneFirst === 1) this.#insert(leaf, this.#alone, sibling);
      else this.#insert(leaf, sibling, this.#alone);
    }
    this.#owned[leaf] = 0;
    for (let other = 0; other < LEAVES; other++) this.#disown(other, leaf);
    this.#stamps[leaf] = this.#now;
  }

  /** Inserts a leaf into the tree at A or B, wherever the boxes of its nodes stay smallest. */
  #insert(leaf: number, a: number, b: number): void {
    const box = this.#fat[leaf]!, boxA = this.#fat[a]!, boxB = this.#fat[b]!;
    let costA = area(boxB) + jointArea(boxA, box);
    let costB = area(boxA) + jointArea(boxB, box);
    if (costA === costB) {
      costA = proximity(boxA, box);
      costB = proximity(boxB, box);
    }
    const intoB = costB < costA;
    this.#a = leaf;
    this.#b = intoB ? b : a;
    this.#alone = intoB ? a : b;
    this.#aloneFirst = intoB ? 1 : 0;
  }

  /** @param leaves How many leaves the tree has: fewer than three while it is built */
  #mark(leaf: number, to: PairListener, leaves: number): void {
    if (this.#stamps[leaf] !== this.#now) {
      for (let i = this.#owned[leaf]! - 1; i >= 0; i--) {
        const partner = this.#own[leaf]![i]!, pair = pairOf(leaf, partner);
        this.#edges[pair] = meet(leaf, partner, this.#edges[pair]!, to);
      }
      return;
    }
    if (leaf !== AGENT) {
      for (let wall = WALL_OUTLINES.length - 1; wall >= 0; wall--) {
        if (!meets(this.#fat[leaf]!, WALL_OUTLINES[wall]!.box)) continue;
        this.#adopt(leaf, WALL + wall);
        meet(leaf, WALL + wall, -1, to);
      }
    }
    // What lies beside its path to the root; `isLeft`: and behind it in the order of visits.
    if (leaves === 1) return;
    if (leaves === 2) return this.#query(this.#b, leaf, true, to);
    const aloneIsLast = this.#aloneFirst === 0;
    if (leaf === this.#a) {
      this.#query(this.#b, leaf, true, to);
      this.#query(this.#alone, leaf, aloneIsLast, to);
    } else if (leaf === this.#b) {
      this.#query(this.#a, leaf, false, to);
      this.#query(this.#alone, leaf, aloneIsLast, to);
    } else {
      this.#query(this.#a, leaf, !aloneIsLast, to);
      this.#query(this.#b, leaf, !aloneIsLast, to);
    }
  }

  #query(other: number, leaf: number, isLeft: boolean, to: PairListener): void {
    if (leaf !== AGENT && other !== AGENT) return; // one body
    if (!meets(this.#fat[leaf]!, this.#fat[other]!)) return;
    if (isLeft) {
      this.#adopt(other, leaf); // they collide when `other` is visited
      return;
    }
    if (this.#stamps[other]! < this.#stamps[leaf]!) this.#adopt(leaf, other);
    meet(leaf, other, -1, to);
  }

  #adopt(leaf: number, partner: number): void {
    this.#own[leaf]![this.#owned[leaf]!++] = partner;
    this.#edges[pairOf(leaf, partner)] = -1;
  }

  #disown(leaf: number, partner: number): void {
    const own = this.#own[leaf]!, count = this.#owned[leaf]!;
    let kept = 0;
    for (let i = 0; i < count; i++) {
      if (own[i] !== partner) own[kept++] = own[i]!;
    }
    this.#owned[leaf] = kept;
  }
}

/** Index of a pair of a part of the block and a partner. */
function pairOf(leaf: number, partner: number): number {
  if (leaf === AGENT) return pairOf(partner, AGENT);
  return (leaf - BAR) * PARTNERS + (partner === AGENT ? 0 : partner - WALL + 1);
}

function meet(leaf: number, partner: number, edge: number, to: PairListener): number {
  if (leaf === AGENT) return meet(partner, AGENT, edge, to);
  return to.collide(leaf - BAR, partner === AGENT ? 0 : partner - WALL + 1, edge);
}

/** Whether two boxes touch. */
export function meets(a: Box, b: Box): boolean {
  return a[0]! <= b[2]! && b[0]! <= a[2]! && a[1]! <= b[3]! && b[1]! <= a[3]!;
}

function area(box: Box): number {
  return (box[2]! - box[0]!) * (box[3]! - box[1]!);
}

/** Returns the area of the smallest box around two. */
function jointArea(a: Box, b: Box): number {
  return (Math.max(a[2]!, b[2]!) - Math.min(a[0]!, b[0]!)) *
    (Math.max(a[3]!, b[3]!) - Math.min(a[1]!, b[1]!));
}

function proximity(a: Box, b: Box): number {
  return Math.abs(a[0]! + a[2]! - b[0]! - b[2]!) + Math.abs(a[1]! + a[3]! - b[1]! - b[3]!);
}
