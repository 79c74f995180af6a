/// <reference lib="dom" />
import * as three from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";
import type { Colour, SpatialDrawing, SpatialShape } from "../sim/world/drawing.ts";
import { button, element } from "./elements.ts";
import { type MoveShape, ShapeDrag } from "./shape_drag.ts";
import type { Viewer, ViewerOptions } from "./viewer_options.ts";

/** Numbers of a pose. */
const POSE = 12;
/** Half the side of an infinite plane, as far as it is shown (m). */
const HORIZON = 30;
/** Side of a plane's tile (m), and the brightness of every second tile, as in rendered images. */
const TILE = 0.25, DARK_TILE = 0.9;
const SKY = 0xdfe8f0;
/** Distance from the middle of the scene within which shadows fall (m). */
const SHADOWS = 2.5;

/** Hints about the pointer's controls. */
const HINT = "drag: rotate · right drag: pan · wheel: zoom",
  DRAG_HINT = "drag rings: move, with Shift up and down";

/** Shapes in space by WebGL; the mouse turns, moves and zooms. */
export class SpatialViewer implements Viewer {
  readonly #renderer: three.WebGLRenderer;
  readonly #scene = new three.Scene();
  readonly #camera: three.PerspectiveCamera;
  readonly #controls: OrbitControls;
  #meshes: readonly three.Mesh[] = [];
  #states: readonly (readonly Pose[])[] = [];
  #drawing: SpatialDrawing;
  #lights: readonly three.Object3D[] = [];
  readonly #hint = element("span", { className: "hint", textContent: HINT });
  #drag: ShapeDrag | null = null;
  #sun!: three.DirectionalLight; // of #build()

  /** @throws {Error} If the browser has no WebGL */
  constructor(place: HTMLElement, { drawing, poses }: ViewerOptions<SpatialDrawing>) {
    this.#drawing = drawing;
    this.#renderer = new three.WebGLRenderer({ antialias: true });
    this.#renderer.setPixelRatio(devicePixelRatio);
    this.#renderer.shadowMap.enabled = true;
    this.#scene.background = new three.Color(SKY);
    this.#camera = new three.PerspectiveCamera(drawing.camera.fieldOfView, 1, 0.01, 200);
    this.#camera.up.set(0, 0, 1);
    this.#build(drawing);
    this.load(poses);

    const canvas = this.#renderer.domElement;
    canvas.id = "view";
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", "The scene in 3D");
    place.append(
      canvas,
      button("Reset view", () => this.resetCamera(), { id: "reset-view", className: "corner" }),
      this.#hint,
    );
    this.#controls = new OrbitControls(this.#camera, canvas);
    this.#controls.addEventListener("change", () => this.#render());
    this.resetCamera();
    new ResizeObserver(() => this.#resize(place)).observe(place);
  }

  controls(): readonly HTMLElement[] {
    return [];
  }

  /** Back to where the episode is seen from in pictures. */
  resetCamera(): void {
    const { position, target } = this.#drawing.camera;
    this.#camera.position.fromArray(position);
    this.#controls.target.fromArray(target);
    this.#follow();
    this.#controls.update();
    this.#render();
  }

  load(poses: Float32Array): void {
    this.#states = readPoses(poses, this.#drawing.shapes.length);
  }

  /** Draws other shapes from now on, seen from where the person has gone. */
  redraw(drawing: SpatialDrawing, poses: Float32Array): void {
    this.#scene.remove(...this.#meshes, ...this.#lights);
    for (const mesh of this.#meshes) disposeOf(mesh);
    this.#sun.dispose();
    this.#build(drawing);
    this.load(poses);
  }

  /** Lets a person drag shapes: see {@linkcode ShapeDrag}. */
  draggable(onMove: MoveShape): ShapeDrag {
    this.#hint.textContent = `${DRAG_HINT} · ${HINT}`;
    return this.#drag = new ShapeDrag(this.#renderer.domElement, {
      camera: this.#camera,
      controls: this.#controls,
      meshes: () => this.#meshes,
      onMove,
    });
  }

  show(step: number): void {
    const from = Math.floor(step), share = step - from;
    const before = this.#states[from]!, after = this.#states[from + 1] ?? before;
    this.#meshes.forEach((mesh, i) => {
      mesh.position.lerpVectors(before[i]!.position, after[i]!.position, share);
      mesh.quaternion.slerpQuaternions(before[i]!.rotation, after[i]!.rotation, share);
    });
    this.#follow();
    this.#render();
  }

  /** Moves camera and sun by what the followed shape has moved. */
  #follow(): void {
    const { follows } = this.#drawing.camera;
    if (follows === undefined) return;
    const moved = this.#meshes[follows]!.position.clone().sub(this.#controls.target);
    this.#controls.target.add(moved);
    this.#camera.position.add(moved);
    this.#sun.position.add(moved);
    this.#sun.target.position.add(moved);
    this.#sun.target.updateMatrixWorld();
  }

  #build(drawing: SpatialDrawing): void {
    this.#drawing = drawing;
    this.#meshes = drawing.shapes.map(createMesh);
    const { sun, ambient } = createLights(drawing);
    this.#sun = sun;
    this.#lights = [sun, sun.target, ambient];
    this.#scene.add(...this.#meshes, ...this.#lights);
  }

  #resize(place: HTMLElement): void {
    const { clientWidth, clientHeight } = place;
    this.#renderer.setSize(clientWidth, clientHeight, false);
    this.#camera.aspect = clientWidth / clientHeight;
    this.#camera.updateProjectionMatrix();
    this.#render();
  }

  #render(): void {
    this.#renderer.render(this.#scene, this.#camera);
    this.#drag?.mark();
  }
}

interface Pose {
  readonly position: three.Vector3;
  readonly rotation: three.Quaternion;
}

/** @param poses `[states, shapes, 12]` */
function readPoses(poses: Float32Array, shapes: number): readonly (readonly Pose[])[] {
  const row = POSE * shapes, matrix = new three.Matrix4();
  return Array.from(
    { length: poses.length / row },
    (_, state) =>
      Array.from({ length: shapes }, (_, shape) => {
        const p = poses.subarray(state * row + POSE * shape).subarray(0, POSE);
        // deno-fmt-ignore: a matrix, row by row
        matrix.set(
        p[3]!, p[4]!, p[5]!, 0,
        p[6]!, p[7]!, p[8]!, 0,
        p[9]!, p[10]!, p[11]!, 0,
        0, 0, 0, 1,
      );
        return {
          position: new three.Vector3(p[0], p[1], p[2]),
          rotation: new three.Quaternion().setFromRotationMatrix(matrix),
        };
      }),
  );
}

function createLights({ light, camera }: SpatialDrawing) {
  const ambient = new three.HemisphereLight(0xffffff, 0xc8c0b8, 2.1);
  const sun = new three.DirectionalLight(0xffffff, 1.7);
  sun.target.position.fromArray(camera.target);
  sun.position.fromArray(light).multiplyScalar(2 * SHADOWS).add(sun.target.position);
  sun.castShadow = true;
  sun.shadow.mapSize.set(1024, 1024);
  sun.shadow.bias = -0.0005;
  sun.shadow.normalBias = 0.004;
  Object.assign(sun.shadow.camera, {
    left: -SHADOWS,
    right: SHADOWS,
    bottom: -SHADOWS,
    top: SHADOWS,
    far: 4 * SHADOWS,
  });
  return { sun, ambient };
}

/** Releases the graphics memory of a mesh of {@linkcode createMesh}. */
function disposeOf(mesh: three.Mesh): void {
  const material = mesh.material as three.MeshStandardMaterial; // as createMesh() makes it
  mesh.geometry.dispose();
  material.map?.dispose();
  material.dispose();
}

function createMesh(shape: SpatialShape): three.Mesh {
  const material = createMaterial(shape.colour);
  if (shape.kind === "plane") material.map = tiles(shape);
  const mesh = new three.Mesh(createGeometry(shape), material);
  mesh.castShadow = shape.kind !== "plane";
  mesh.receiveShadow = true;
  return mesh;
}

function createMaterial([red, green, blue, alpha]: Colour): three.MeshStandardMaterial {
  return new three.MeshStandardMaterial({
    color: new three.Color().setRGB(red, green, blue, three.SRGBColorSpace),
    opacity: alpha,
    transparent: alpha < 1,
    roughness: 0.62,
    metalness: 0.04,
  });
}

/** Three's cylinders and capsules stand along y, MuJoCo's along z. */
function createGeometry(
  { kind, size: [a = 0, b = 0, c = 0], triangles = [] }: SpatialShape,
): three.BufferGeometry {
  switch (kind) {
    case "plane":
      return new three.PlaneGeometry(2 * (a || HORIZON), 2 * (b || HORIZON));
    case "sphere":
      return new three.SphereGeometry(a, 40, 24);
    case "ellipsoid":
      return new three.SphereGeometry(1, 40, 24).scale(a, b, c);
    case "capsule":
      return new three.CapsuleGeometry(a, 2 * b, 12, 32).rotateX(Math.PI / 2);
    case "cylinder":
      return new three.CylinderGeometry(a, a, 2 * b, 40).rotateX(Math.PI / 2);
    case "box":
      return new three.BoxGeometry(2 * a, 2 * b, 2 * c);
    case "hull":
      return hullGeometry(triangles);
  }
}

/** Flat faces, seen from both sides of their winding. */
function hullGeometry(triangles: readonly number[]): three.BufferGeometry {
  const geometry = new three.BufferGeometry();
  geometry.setAttribute("position", new three.Float32BufferAttribute(triangles, 3));
  geometry.computeVertexNormals();
  return geometry;
}

/** Two by two tiles, repeated over a plane. */
function tiles({ size: [a = 0, b = 0] }: SpatialShape): three.Texture {
  const dark = Math.round(255 * DARK_TILE);
  const pixels = [255, dark, dark, 255].flatMap((grey) => [grey, grey, grey, 255]);
  const texture = new three.DataTexture(Uint8Array.from(pixels), 2, 2);
  texture.wrapS = texture.wrapT = three.RepeatWrapping;
  texture.repeat.set((a || HORIZON) / TILE, (b || HORIZON) / TILE);
  texture.colorSpace = three.SRGBColorSpace;
  texture.magFilter = three.NearestFilter;
  texture.minFilter = three.LinearMipmapLinearFilter;
  texture.generateMipmaps = true;
  texture.anisotropy = 8;
  texture.needsUpdate = true;
  return texture;
}
