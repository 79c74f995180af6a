import type { JsonValue } from "../../core/canonical.ts";
import { rowSize, type Tensor, typedData } from "../../core/episode.ts";
import { ArrayReader } from "./array_reader.ts";
import { ArrayWriter } from "./array_writer.ts";
import { writeGroup, writeGroupsBetween } from "./groups.ts";
import type { CommittedFiles } from "./reader.ts";
import type { FileWriter } from "./writer.ts";

/** Named tensors as a Zarr group: one array a tensor, one chunk an array. */

/** Content of a group of tensors. */
export interface TensorGroup {
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly attributes: Readonly<Record<string, JsonValue>>;
}

/** Names that are also paths. */
const NAME = /^[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/;

/**
 * Writes tensors as the group `path`.
 *
 * @throws {RangeError} If a name is no path, or data and shape of a tensor disagree
 */
export async function writeTensors(
  writer: FileWriter,
  path: string,
  { tensors, attributes }: TensorGroup,
): Promise<void> {
  const names = Object.keys(tensors).sort();
  const shapes = Object.fromEntries(names.map((name) => [name, tensors[name]!.shape]));
  await writeGroup(writer, path, { ...attributes, tensors: shapes });
  await writeGroupsBetween(writer, path, names);
  for (const name of names) {
    const { shape, data } = tensors[name]!;
    if (!NAME.test(name) || rowSize(shape) !== data.length) {
      throw new RangeError(
        `Cannot write tensor "${name}": expected a path and ${rowSize(shape)} elements, found ` +
          `${data.length}`,
      );
    }
    const [rows, ...rest] = shape.length === 0 ? [1] : shape; // a scalar as one row
    const array = await ArrayWriter.create(writer, {
      path: `${path}/${name}`,
      dtype: "float32",
      shape: rest,
      rows: rows!,
      chunkRows: Math.max(1, rows!),
      attributes: {},
    });
    await array.append(data);
    await array.finish();
  }
}

/** Reads what {@linkcode writeTensors} wrote. */
export async function readTensors(files: CommittedFiles, path: string): Promise<TensorGroup> {
  const { attributes: { tensors: shapes, ...attributes } }: {
    readonly attributes: Record<string, JsonValue> & {
      readonly tensors: Readonly<Record<string, readonly number[]>>;
    };
  } = JSON.parse(files.readText(`${path}/zarr.json`));
  const tensors: Record<string, Tensor> = {};
  for (const [name, shape] of Object.entries(shapes)) {
    const array = await ArrayReader.open(files, `${path}/${name}`);
    tensors[name] = { shape, data: typedData(await array.readRows(), Float32Array) };
  }
  return { tensors, attributes };
}
