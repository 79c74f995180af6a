import assert from "node:assert/strict";
import { readMeshFile } from "../../../sim/declared/config/mesh_file.ts";
import { plyToObj } from "../../../sim/mujoco/ply_mesh.ts";

/** A tetrahedron and a square, as PLY has them: corners, then polygons. */
const CORNERS = [[0, 0, 0], [0.5, 0, 0], [0.5, 0.25, 0], [0, 0.25, 0], [0.25, 0.125, 1]] as const;
const POLYGONS = [[0, 3, 2, 1], [0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]] as const;

function headerOf(format: string): string {
  return `ply\nformat ${format} 1.0\ncomment made by hand\nelement vertex ${CORNERS.length}\n` +
    "property double x\nproperty float y\nproperty float z\nproperty uchar red\n" +
    `element face ${POLYGONS.length}\nproperty short flags\nproperty list uchar int vertex_indices\n` +
    "element edge 1\nproperty uint a\nend_header\n";
}

function textPly(): Uint8Array {
  const rows = [
    ...CORNERS.map((corner) => `${corner.join(" ")} 200`),
    ...POLYGONS.map((polygon) => `-7 ${polygon.length} ${polygon.join(" ")}`),
    "3000000000",
  ];
  return new TextEncoder().encode(`${headerOf("ascii")}${rows.join("\n")}\n`);
}

function binaryPly(little: boolean): Uint8Array {
  const header = new TextEncoder().encode(
    headerOf(`binary_${little ? "little" : "big"}_endian`),
  );
  const view = new DataView(new ArrayBuffer(4096));
  let at = 0;
  for (const [x, y, z] of CORNERS) {
    view.setFloat64(at, x, little);
    view.setFloat32(at + 8, y, little);
    view.setFloat32(at + 12, z, little);
    view.setUint8(at + 16, 200);
    at += 17;
  }
  for (const polygon of POLYGONS) {
    view.setInt16(at, -7, little);
    view.setUint8(at + 2, polygon.length);
    polygon.forEach((corner, i) => view.setInt32(at + 3 + 4 * i, corner, little));
    at += 3 + 4 * polygon.length;
  }
  view.setUint32(at, 3e9, little);
  return new Uint8Array([...header, ...new Uint8Array(view.buffer, 0, at + 4)]);
}

Deno.test("plyToObj() reads text and both byte orders alike, and polygons as triangles", async () => {
  const obj = new TextDecoder().decode(plyToObj(textPly()));
  assert.match(obj, /^v 0 0 0\nv 0.5 0 0\n/);
  assert.match(obj, /\nf 1 4 3\nf 1 3 2\nf 1 2 5\n/);
  for (const little of [true, false]) {
    assert.equal(new TextDecoder().decode(plyToObj(binaryPly(little))), obj);
  }
  const corners = await readMeshFile("pyramid.PLY", binaryPly(true));
  assert.deepEqual(corners.map(String).toSorted(), CORNERS.map(String).toSorted());
});

Deno.test("plyToObj() refuses what is no mesh, and every shortened file", () => {
  const text = (from: string, to: string) =>
    new TextEncoder().encode(new TextDecoder().decode(textPly()).replace(from, to));
  for (
    const [bytes, reason] of [
      [new TextEncoder().encode("solid"), /no header/],
      [text("ascii", "utf8"), /format "utf8"/],
      [text("float y", "half y"), /a property of type "half"/],
      [text("property double x", "property double q"), /a vertex without a finite x/],
      [text("0.5 0 0 200", "inf 0 0 200"), /a vertex without a finite x/],
      [text("-7 3 0 1 4", "-7 3 0 1 9"), /a face of vertex 9, of 5/],
      [text("vertex_indices", "corners"), /points without faces/],
      [text("element face 5", "element face 0"), /points without faces/],
      [text("element vertex 5", "element vertex 4000000000"), /finite|fewer numbers/],
      [text("element vertex 5", "element vertex five"), /without a number of rows/],
    ] as const
  ) {
    assert.throws(() => plyToObj(bytes), { name: "SyntaxError", message: reason }, String(reason));
  }
  const whole = binaryPly(true);
  for (let length = 0; length < whole.length; length++) {
    assert.throws(() => plyToObj(whole.subarray(0, length)), SyntaxError, String(length));
  }
});
