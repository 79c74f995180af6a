import protobuf from "protobufjs";
import { crc32c } from "../../core/crc32c.ts";
import type { MetricsRow } from "./training_state.ts";

/** The part of `tensorflow/core/util/event.proto` and `summary.proto` that scalars need. */
const Event = protobuf.parse(
  `
syntax = "proto3";
message Summary {
  message Value {
    string tag = 1;
    float simple_value = 2;
  }
  repeated Value value = 1;
}
message Event {
  double wall_time = 1;
  int64 step = 2;
  oneof what {
    string file_version = 3;
    Summary summary = 5;
  }
}
`,
  { keepCase: true },
).root.lookupType("Event");

/** Options for the dates of {@linkcode encodeEvents}. */
export interface EncodeEventsOptions {
  /** Seconds since 1970 that every event carries. */
  readonly wallTime: number;
}

/**
 * A TensorBoard event file of training metrics; name it `events.out.tfevents.<suffix>`.
 *
 * Scalars `loss`, `validation_loss`, its terms as `validation/<term>`, and `learning_rate` by step.
 */
export function encodeEvents(
  rows: readonly MetricsRow[],
  { wallTime }: EncodeEventsOptions,
): Uint8Array {
  const events = rows.map(({ step, loss, validationLoss, validationTerms = {}, learningRate }) => {
    const value = [
      { tag: "loss", simple_value: loss },
      { tag: "learning_rate", simple_value: learningRate },
    ];
    if (validationLoss !== null) {
      value.push({ tag: "validation_loss", simple_value: validationLoss });
    }
    for (const [term, simple_value] of Object.entries(validationTerms)) {
      value.push({ tag: `validation/${term}`, simple_value });
    }
    return { wall_time: wallTime, step, summary: { value } };
  });
  const header = { wall_time: wallTime, file_version: "brain.Event:2" };
  return concatenate([header, ...events].map((event) => frame(Event.encode(event).finish())));
}

/**
 * One record of a TFRecord file: length, its masked checksum, data, their masked checksum.
 *
 * @see TensorFlow, `tensorflow/core/lib/io/record_writer.h`
 */
function frame(data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(8 + 4 + data.length + 4);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedChecksum(bytes.subarray(0, 8)), true);
  bytes.set(data, 12);
  view.setUint32(12 + data.length, maskedChecksum(data), true);
  return bytes;
}

/** A rotation and an offset: the checksum of data that holds checksums would else be degenerate. */
function maskedChecksum(data: Uint8Array): number {
  const crc = crc32c(data);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
