/** A physics engine, as keys and provenance name it. */
export interface Engine {
  readonly name: string;
  readonly version: string;
}
