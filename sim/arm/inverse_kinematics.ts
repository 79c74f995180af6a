/**
 * Damped least squares with a preferred posture: the joint step that moves the end effector by
 * `error` and, with the freedom that is left, the joints towards `posture`.
 *
 *   Δq = N·p + Jᵀ (J Jᵀ + λ² I)⁻¹ e,   N = I − Jᵀ (J Jᵀ + λ² I)⁻¹ J
 *
 * @param jacobian `[rows, joints]` row-major
 * @param error `[rows]` desired step of the end effector
 * @param posture `[joints]` desired step of the joints where the end effector does not care
 * @param damping λ, in the unit of the Jacobian: near singular poses it trades accuracy for small
 *   steps
 * @returns `[joints]` rad
 * @see Y. Nakamura and H. Hanafusa, "Inverse kinematic solutions with singularity robustness for
 *   robot manipulator control", ASME J. Dyn. Sys. Meas. Control 108 (1986)
 */
export function dampedLeastSquares(
  jacobian: Float64Array,
  error: ArrayLike<number>,
  posture: ArrayLike<number>,
  damping: number,
): Float64Array {
  const rows = error.length, joints = posture.length;
  const normal = new Float64Array(rows * rows);
  const right = new Float64Array(rows);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c <= r; c++) {
      let sum = r === c ? damping * damping : 0;
      for (let j = 0; j < joints; j++) sum += jacobian[r * joints + j]! * jacobian[c * joints + j]!;
      normal[r * rows + c] = sum;
    }
    // With x = (J Jᵀ + λ² I)⁻¹ (e − J p), the step is p + Jᵀ x.
    let rest = error[r]!;
    for (let j = 0; j < joints; j++) rest -= jacobian[r * joints + j]! * posture[j]!;
    right[r] = rest;
  }
  solveCholesky(normal, right);
  const step = new Float64Array(joints);
  for (let j = 0; j < joints; j++) {
    let sum = posture[j]!;
    for (let r = 0; r < rows; r++) sum += jacobian[r * joints + j]! * right[r]!;
    step[j] = sum;
  }
  return step;
}

/**
 * Solves A x = b in place by Cholesky's factorization.
 *
 * @param matrix `[n, n]` symmetric positive definite, of which the lower half is read; overwritten
 * @param vector `[n]` b, overwritten by x
 */
function solveCholesky(matrix: Float64Array, vector: Float64Array): void {
  const n = vector.length;
  for (let r = 0; r < n; r++) {
    for (let c = 0; c <= r; c++) {
      let sum = matrix[r * n + c]!;
      for (let k = 0; k < c; k++) sum -= matrix[r * n + k]! * matrix[c * n + k]!;
      matrix[r * n + c] = r === c ? Math.sqrt(sum) : sum / matrix[c * n + c]!;
    }
  }
  for (let r = 0; r < n; r++) {
    let sum = vector[r]!;
    for (let k = 0; k < r; k++) sum -= matrix[r * n + k]! * vector[k]!;
    vector[r] = sum / matrix[r * n + r]!;
  }
  for (let r = n - 1; r >= 0; r--) {
    let sum = vector[r]!;
    for (let k = r + 1; k < n; k++) sum -= matrix[k * n + r]! * vector[k]!;
    vector[r] = sum / matrix[r * n + r]!;
  }
}
