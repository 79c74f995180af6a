/** Frame of a block at rest: origin (x, y) (px), rotated by an angle (rad). */
export class BlockFrame {
  readonly #x: number;
  readonly #y: number;
  readonly #cosine: number;
  readonly #sine: number;

  constructor(x: number, y: number, angle: number) {
    this.#x = x;
    this.#y = y;
    this.#cosine = Math.cos(angle);
    this.#sine = Math.sin(angle);
  }

  /** A point of the world in the block's frame. */
  toLocal(x: number, y: number): readonly [x: number, y: number] {
    const dx = x - this.#x, dy = y - this.#y;
    return [this.#cosine * dx + this.#sine * dy, this.#cosine * dy - this.#sine * dx];
  }

  /** A point of the block's frame in the world. */
  toWorld(x: number, y: number): readonly [x: number, y: number] {
    const [dx, dy] = this.turnToWorld(x, y);
    return [this.#x + dx, this.#y + dy];
  }

  /** A direction of the block's frame in the world. */
  turnToWorld(x: number, y: number): readonly [x: number, y: number] {
    return [this.#cosine * x - this.#sine * y, this.#sine * x + this.#cosine * y];
  }
}
