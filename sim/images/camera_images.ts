/** Images of a camera: row-major, from the top. */
export interface CameraImages {
  /** `[height · width · 3]` RGB. */
  readonly image?: Uint8Array;
  /** `[height · width]` distance along the camera's axis in m; 0 if there is nothing. */
  readonly depth?: Float32Array;
  /** `[height · width]` index of the geom in the model plus 1; 0 if there is nothing. */
  readonly segmentation?: Uint8Array;
}
