import { POINTWISE } from "../kernels/kernels.ts";
import type { Tape, Value } from "./tape.ts";

/** Arithmetic on values of a tape, row by row, each operation with its gradient. */

/** A function of single numbers that the kernels have. */
export type PointwiseFunction = keyof typeof POINTWISE;

/** A value that has a gradient only where one of its operands has. */
function derived(tape: Tape, width: number, operands: readonly Value[]): Value {
  const value = tape.value(width);
  return operands.some(({ gradient }) => gradient !== null) ? value : { ...value, gradient: null };
}

/** Stands for the backward pass if no gradient is requested. */
function noInstruction(): void {}

/** f(x), number by number. `log` and `sqrt` expect positive numbers, `sqrt` also 0 without gradient. */
export function pointwise(tape: Tape, x: Value, name: PointwiseFunction): Value {
  const { rows } = tape, y = derived(tape, x.width, [x]), code = POINTWISE[name];
  tape.record({
    output: y,
    forward: (kernels) => kernels.pointwise(code, x.address, y.address, rows, x.width, x.stride),
    backward() {
      const { gradient: dx } = x, { gradient: dy } = y;
      if (dx === null || dy === null) return noInstruction;
      const add = tape.claim(dx), to = dx.address, from = dy.address;
      return (kernels) =>
        kernels.pointwiseGradient(
          code,
          x.address,
          y.address,
          from,
          rows,
          x.width,
          x.stride,
          to,
          add,
        );
    },
  });
  return y;
}

/** scale · x + offset. */
export function affine(tape: Tape, x: Value, scale: number, offset = 0): Value {
  return sum(tape, [{ value: x, scale }], offset);
}

/** a + b, of the same width. */
export function add(tape: Tape, a: Value, b: Value): Value {
  return sum(tape, [{ value: a, scale: 1 }, { value: b, scale: 1 }]);
}

/** a − b, of the same width. */
export function subtract(tape: Tape, a: Value, b: Value): Value {
  return sum(tape, [{ value: a, scale: 1 }, { value: b, scale: -1 }]);
}

/** Σ scale · value + offset, all of the same width. */
function sum(
  tape: Tape,
  terms: readonly { readonly value: Value; readonly scale: number }[],
  offset = 0,
): Value {
  const { rows } = tape, { width, stride } = terms[0]!.value;
  expectWidths(terms.map(({ value }) => value), width);
  const y = derived(tape, width, terms.map(({ value }) => value));
  tape.record({
    output: y,
    forward(kernels) {
      terms.forEach(({ value, scale }, i) => {
        const constant = i === 0 ? offset : 0, add = i === 0 ? 0 : 1;
        kernels.affine(value.address, y.address, rows, width, stride, scale, constant, add);
      });
    },
    backward() {
      if (y.gradient === null) return noInstruction;
      const from = y.gradient.address;
      const targets = terms.flatMap(({ value: { gradient }, scale }) =>
        gradient === null ? [] : [{ add: tape.claim(gradient), to: gradient.address, scale }]
      );
      return (kernels) => {
        for (const { to, scale, add } of targets) {
          kernels.affine(from, to, rows, width, stride, scale, 0, add);
        }
      };
    },
  });
  return y;
}

/**
 * a · b, number by number.
 *
 * @param b As wide as `a`, or `[rows, 1]`: one factor for each row
 */
export function multiply(tape: Tape, a: Value, b: Value): Value {
  const { rows } = tape, { width, stride } = a, y = derived(tape, width, [a, b]);
  const spread = b.width === 1 && width > 1 ? 1 : 0;
  if (spread === 0) expectWidths([b], width);
  tape.record({
    output: y,
    forward: (kernels) =>
      kernels.multiply(a.address, b.address, y.address, rows, width, stride, spread, 0),
    backward() {
      if (y.gradient === null) return noInstruction;
      const from = y.gradient.address;
      const addA = a.gradient === null ? 0 : tape.claim(a.gradient);
      const addB = b.gradient === null ? 0 : tape.claim(b.gradient);
      const toA = a.gradient?.address, toB = b.gradient?.address;
      return (kernels) => {
        if (toA !== undefined) {
          kernels.multiply(from, b.address, toA, rows, width, stride, spread, addA);
        }
        if (toB === undefined) return;
        if (spread === 1) kernels.rowProducts(from, a.address, toB, rows, width, stride, addB);
        else kernels.multiply(from, a.address, toB, rows, width, stride, 0, addB);
      };
    },
  });
  return y;
}

/** The sum of each row, `[rows, 1]`. */
export function rowSums(tape: Tape, x: Value): Value {
  const { rows } = tape, { width, stride } = x, y = derived(tape, 1, [x]);
  tape.record({
    output: y,
    forward: (kernels) => kernels.rowProducts(x.address, 0, y.address, rows, width, stride, 0),
    backward() {
      const { gradient: dx } = x, { gradient: dy } = y;
      if (dx === null || dy === null) return noInstruction;
      const add = tape.claim(dx), to = dx.address, from = dy.address;
      return (kernels) => kernels.spreadColumn(from, to, rows, width, stride, add);
    },
  });
  return y;
}

/** Columns of values side by side: `[rows, Σ width]`. */
export function concatColumns(tape: Tape, values: readonly Value[]): Value {
  return gather(tape, values.map((value) => ({ value, from: 0, count: value.width })));
}

/** Columns [first, first + count). */
export function sliceColumns(tape: Tape, value: Value, first: number, count: number): Value {
  return gather(tape, [{ value, from: first, count }]);
}

/** The columns of x in the order of `columns`. */
export function selectColumns(tape: Tape, value: Value, columns: readonly number[]): Value {
  return gather(tape, columns.map((from) => ({ value, from, count: 1 })));
}

/** Parts of values, each some columns of one, side by side. */
function gather(
  tape: Tape,
  parts: readonly { readonly value: Value; readonly from: number; readonly count: number }[],
): Value {
  const { rows } = tape;
  const y = derived(
    tape,
    parts.reduce((width, { count }) => width + count, 0),
    parts.map(({ value }) => value),
  );
  let at = 0;
  const copies = parts.map(({ value, from, count }) => {
    const copy = { value, from: 4 * from, count, to: 4 * at };
    at += count;
    return copy;
  });
  tape.record({
    output: y,
    forward(kernels) {
      for (const { value, from, count, to } of copies) {
        const { address, stride } = value;
        kernels.copyColumns(address + from, stride, y.address + to, y.stride, rows, count, 0);
      }
    },
    backward() {
      if (y.gradient === null) return noInstruction;
      const start = y.gradient.address;
      const targets = copies.flatMap(({ value: { gradient }, ...copy }) =>
        gradient === null ? [] : [{ gradient, ...copy }]
      );
      // Other columns of the same value are written by other instructions: all are cleared first.
      const cleared = targets.map(({ gradient }) => gradient)
        .filter((gradient) => tape.claim(gradient) === 0)
        .map(({ address, stride }) => ({ address, stride }));
      const copied = targets.map(({ gradient: { address, stride }, from, count, to }) => ({
        from: start + to,
        to: address + from,
        stride,
        count,
      }));
      return (kernels) => {
        for (const { address, stride } of cleared) kernels.clear(address, rows * stride);
        for (const { from, to, stride, count } of copied) {
          kernels.copyColumns(from, y.stride, to, stride, rows, count, 1);
        }
      };
    },
  });
  return y;
}

/**
 * Adds weight · mean(x) over all rows of the batch to the loss; x is `[rows, 1]`.
 *
 * @param term Name under which ± mean(x), with the sign of the weight, is among the tape's terms
 */
export function meanLoss(tape: Tape, x: Value, weight = 1, term?: string): void {
  expectWidths([x], 1);
  const { rows } = tape, factor = weight / tape.batch, part = Math.sign(weight) / tape.batch;
  tape.record({
    output: null,
    forward(kernels) {
      const total = kernels.columnTotal(x.address, rows);
      tape.loss += factor * total;
      if (term !== undefined) tape.terms.set(term, part * total);
    },
    backward() {
      if (x.gradient === null) return noInstruction;
      const add = tape.claim(x.gradient), to = x.gradient.address;
      return (kernels) => kernels.addConstant(to, rows, factor, add);
    },
  });
}

function expectWidths(values: readonly Value[], width: number): void {
  for (const value of values) {
    if (value.width === width) continue;
    throw new TypeError(`Cannot combine values: expected width ${width}, found ${value.width}`);
  }
}
