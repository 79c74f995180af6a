/*
 * The kernels of arithmetic class "fma" (docs/arithmetic.md), compiled once for each width W of
 * vectors. Lanes run across independent outputs and every output has one order of operations, so the
 * bits depend neither on W nor on the processor. Never compiled with contraction or fast-math.
 *
 * Addresses are bytes, strides (`ld`) floats; rows of a matrix lie `ld` floats apart, a multiple of
 * 8, and columns from `n` on are padding that stays zero. `add` says whether to add to what is there.
 */
#include <stdint.h>
#define JOIN_(a, b) a##_##b
#define JOIN(a, b) JOIN_(a, b)
#define INLINE static inline __attribute__((always_inline))
#ifdef __wasm__
#define KERNEL(type, name) __attribute__((export_name(#name))) type name
typedef uint32_t address;
enum { ROWS = 6 };
#define UNROLL "clang loop unroll(disable)"
#define KEEP(pointer)
#define NEXT(row, t) *row++
/* V8 has 15 registers on x64, as many as a tile needs while LLVM moves nothing to its first use. */
#define HOLD(value) __asm__ volatile("" : "+r"(value))
#else
#define KERNEL(type, name) __attribute__((visibility("default"))) type JOIN(name, SUFFIX)
typedef double address; /* Deno passes doubles ten times as fast as pointers. */
enum { ROWS = W == 8 ? 6 : 8 };
#define UNROLL "clang loop unroll_count(2)"
#define KEEP(pointer) __asm__ volatile("" : "+r"(pointer)) /* in a register of its own */
#define NEXT(row, t) row[t]
#define HOLD(value)
#endif
#define AT(x) ((float *)(uintptr_t)(x))
typedef float vf __attribute__((ext_vector_type(W)));
typedef int32_t vi __attribute__((ext_vector_type(W)));
typedef uint32_t vu __attribute__((ext_vector_type(W)));
typedef vf vfu __attribute__((aligned(4)));
typedef float f8 __attribute__((ext_vector_type(8)));
typedef int32_t i8 __attribute__((ext_vector_type(8)));
typedef f8 f8u __attribute__((aligned(4)));
typedef double d8 __attribute__((ext_vector_type(8)));
typedef int64_t l8 __attribute__((ext_vector_type(8)));
/* a·b + c, rounded once. */
#if defined(EMULATED)
/* By f64: the product is exact, the sum is rounded to odd, so that rounding it to f32 errs nowhere
 * (Boldo & Melquiond, "Emulation of a FMA and correctly rounded sums", 2008). */
typedef double vd __attribute__((ext_vector_type(W)));
typedef int64_t vl __attribute__((ext_vector_type(W)));
static __attribute__((noinline)) vf fma_(vf a, vf b, vf c) {
  vd p = __builtin_convertvector(a, vd) * __builtin_convertvector(b, vd);
  vd q = __builtin_convertvector(c, vd), s = p + q, t = s - p, e = (p - (s - t)) + (q - t);
  vl bits = (vl)s, inexact = (e < 0) | (e > 0), away = (e > 0) ^ (s < 0);
  vl step = inexact & ((bits & 1) - 1) & ((away & 2) - 1);
  return __builtin_convertvector((vd)(bits + step), vf);
}
#elif defined(__wasm__)
INLINE vf fma_(vf a, vf b, vf c) { return (vf)__builtin_wasm_relaxed_madd_f32x4(a, b, c); }
#else
INLINE vf fma_(vf a, vf b, vf c) { return __builtin_elementwise_fma(a, b, c); }
#endif
#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
/* Half a vector of 16 lanes: counts are multiples of 8. */
INLINE vf load(const float *p, const int half) {
#if W == 16
  if (half) return SHUFFLE(*(const f8u *)p, (f8)0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
#endif
  return *(const vfu *)p;
}
INLINE void store(float *p, vf v, const int half) {
#if W == 16
  if (half) { *(f8u *)p = v.lo; return; }
#endif
  *(vfu *)p = v;
}
#define LOAD(p) load((p) + i, half)
#define STORE(p, v) store((p) + i, v, half)
#define IN(x) LOAD(AT(x))
#define OUT(x, v) STORE(AT(x), v)
/* Statements for each vector of `count` floats from index i on. */
#define EACH(count, ...) { \
  int64_t i = 0; const int64_t end_ = (count); \
  { const int half = 0; for (; i + W <= end_; i += W) { __VA_ARGS__; } } \
  if (W == 16 && i < end_) { const int half = 1; __VA_ARGS__; } }
/* Lanes of the last 8 columns of a row that are real. */
INLINE i8 realColumns(int32_t n) { return (i8){0, 1, 2, 3, 4, 5, 6, 7} < (i8)(((n - 1) & 7) + 1); }
INLINE void clearPadding(float *x, int64_t m, int32_t n, int32_t ld) {
  if (n == ld) return;
  const i8 real = realColumns(n);
  for (float *p = x + ld - 8; m > 0; m--, p += ld) *(f8u *)p = (f8)((i8)*(f8u *)p & real);
}
INLINE double ascending(d8 s) { return ((((((s[0] + s[1]) + s[2]) + s[3]) + s[4]) + s[5]) + s[6]) + s[7]; }
INLINE d8 widen(const float *p) { return __builtin_convertvector(*(const f8u *)p, d8); }
/* ---- Matrix products: every output is a chain of fma over k ascending, from +0. ---- */
enum { ADD = 1, RELU = 2 };
/* Columns of the next panel of a packed right operand, of n that are left. */
INLINE int32_t panel(int32_t n) { return n >= 2 * W && W > 4 ? 2 * W : W == 16 && n >= 16 ? 16 : 8; }
INLINE vf finish(vf s, const float *c, const float *bias, int32_t mode, const int half) {
  s = mode == ADD ? s + load(c, half) : bias ? s + load(bias, half) : s;
  return mode == RELU ? (s < 0 ? (vf)0 : s) : s;
}
#if W == 1
/* The definition. */
KERNEL(void, product)(address a_, int32_t ld, int32_t transposed, address b_, address c_, int32_t ldc, int32_t m, int32_t n, int32_t k, int32_t mode, address bias_) {
  const float *a = AT(a_), *b = AT(b_), *bias = AT(bias_); float *c = AT(c_);
  for (int64_t i = 0; i < m; i++) for (int64_t j = 0; j < n; j++) {
    vf s = 0;
    for (int64_t t = 0; t < k; t++) s = fma_(transposed ? a[t * ld + i] : a[i * ld + t], b[(j & ~7) * k + t * 8 + (j & 7)], s);
    float *out = c + i * ldc + j;
    *out = finish(s, out, bias ? bias + j : 0, mode, 0)[0];
  }
}
#else
/* A tile of C, `rows` × `vectors`, stays in registers over the whole sum. */
INLINE void tile(const int rows, const int vectors, const int half, const int transposed, const float *a, int64_t ld, const float *b, float *c, int64_t ldc, int32_t k, int32_t mode, const float *bias) {
  vf sum[ROWS][2]; const float *row[ROWS];
  _Pragma("clang loop unroll(full)") for (int i = 0; i < rows; i++) {
    for (int v = 0; v < vectors; v++) sum[i][v] = 0;
    row[i] = a + i * ld;
    if (!transposed) KEEP(row[i]);
  }
  _Pragma(UNROLL) for (int32_t t = 0; t < k; t++) {
    vf right[2];
    for (int v = 0; v < vectors; v++) { right[v] = load(b + v * W, half); HOLD(right[v]); }
    _Pragma("clang loop unroll(full)") for (int i = 0; i < rows; i++) {
      const vf left = transposed ? a[i] : NEXT(row[i], t);
      for (int v = 0; v < vectors; v++) { sum[i][v] = fma_(left, right[v], sum[i][v]); HOLD(sum[i][v]); }
    }
    if (transposed) a += ld;
    b += half ? 8 : vectors * W;
  }
  _Pragma("clang loop unroll(full)") for (int i = 0; i < rows; i++) for (int v = 0; v < vectors; v++) {
    float *out = c + i * ldc + v * W;
    store(out, finish(sum[i][v], out, bias ? bias + v * W : 0, mode, half), half);
  }
}
INLINE void rowsOf(const int vectors, const int half, const int transposed, const float *a, int64_t ld, const float *b, float *c, int64_t ldc, int32_t m, int32_t k, int32_t mode, const float *bias) {
  const int64_t next = transposed ? 1 : ld;
  int32_t i = 0;
  for (; i + ROWS <= m; i += ROWS) tile(ROWS, vectors, half, transposed, a + i * next, ld, b, c + i * ldc, ldc, k, mode, bias);
  for (; i + 4 <= m; i += 4) tile(4, vectors, half, transposed, a + i * next, ld, b, c + i * ldc, ldc, k, mode, bias);
  if (ROWS == 6 && i < m) tile(2, vectors, half, transposed, a + i * next, ld, b, c + i * ldc, ldc, k, mode, bias);
}
INLINE void columnsOf(const int transposed, const float *a, int64_t ld, const float *b, float *c, int64_t ldc, int32_t m, int32_t n, int32_t k, int32_t mode, const float *bias) {
  while (n > 0) {
    const int32_t w = panel(n);
    if (w == 2 * W) rowsOf(2, 0, transposed, a, ld, b, c, ldc, m, k, mode, bias);
    else if (W == 16 && w == 8) rowsOf(1, 1, transposed, a, ld, b, c, ldc, m, k, mode, bias);
    else rowsOf(1, 0, transposed, a, ld, b, c, ldc, m, k, mode, bias);
    b += (int64_t)w * k; c += w; n -= w;
    if (bias) bias += w;
  }
}
/* C = A·B (+ what is there, or a row of bias): m a multiple of 4, n of 8, B packed. */
KERNEL(void, product)(address a, int32_t ld, int32_t transposed, address b, address c, int32_t ldc, int32_t m, int32_t n, int32_t k, int32_t mode, address bias) {
  if (transposed) columnsOf(1, AT(a), ld, AT(b), AT(c), ldc, m, n, k, mode, AT(bias));
  else columnsOf(0, AT(a), ld, AT(b), AT(c), ldc, m, n, k, mode, AT(bias));
}
#endif
/* Rows [first, end) of a right operand `[k, n]`. */
static __attribute__((noinline)) void packRows(const float *x, int32_t ld, int32_t k, int32_t n, int32_t first, int32_t end, float *out) {
  for (int32_t w, at = 0; at < n; at += w) {
    w = panel(n - at);
    for (int64_t t = first; t < end; t++) for (int j = 0; j < w; j += 8) *(f8u *)(out + (int64_t)at * k + t * w + j) = *(const f8u *)(x + t * ld + at + j);
  }
}
/* out[t][0 … 7] = x[0 … 7][t] for t < k, rows of `out` w floats apart. */
INLINE void transpose8(const float *x, int64_t ld, int32_t k, float *out, int32_t w) {
  int64_t t = 0;
  for (; t + 8 <= k; t += 8) {
    f8 r[8], s[8];
    for (int i = 0; i < 8; i++) r[i] = *(const f8u *)(x + i * ld + t);
    for (int i = 0; i < 8; i += 2)
      s[i] = SHUFFLE(r[i], r[i + 1], 0, 8, 1, 9, 4, 12, 5, 13), s[i + 1] = SHUFFLE(r[i], r[i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
    for (int i = 0; i < 8; i += 4) for (int q = 0; q < 2; q++) {
      r[i + 2 * q] = SHUFFLE(s[i + q], s[i + 2 + q], 0, 1, 8, 9, 4, 5, 12, 13);
      r[i + 2 * q + 1] = SHUFFLE(s[i + q], s[i + 2 + q], 2, 3, 10, 11, 6, 7, 14, 15);
    }
    for (int q = 0; q < 4; q++) {
      *(f8u *)(out + (t + q) * w) = SHUFFLE(r[q], r[4 + q], 0, 1, 2, 3, 8, 9, 10, 11);
      *(f8u *)(out + (t + 4 + q) * w) = SHUFFLE(r[q], r[4 + q], 4, 5, 6, 7, 12, 13, 14, 15);
    }
  }
  for (; t < k; t++) for (int i = 0; i < 8; i++) out[t * w + i] = x[i * ld + t];
}
/* Rows [first, end) of a right operand that is stored transposed, `[n, k]`: multiples of 8. */
static __attribute__((noinline)) void packRowsTransposed(const float *x, int32_t ld, int32_t k, int32_t n, int32_t first, int32_t end, float *out) {
  for (int32_t w, at = 0; at < end; at += w) {
    w = panel(n - at);
    for (int32_t j = first > at ? first - at : 0; j < w && at + j < end; j += 8) transpose8(x + (int64_t)(at + j) * ld, ld, k, out + (int64_t)at * k + j, w);
  }
}
KERNEL(void, packRight)(address x, int32_t ld, int32_t k, int32_t n, address out) { packRows(AT(x), ld, k, n, 0, k, AT(out)); }
KERNEL(void, packRightTransposed)(address x, int32_t ld, int32_t k, int32_t n, address out) { packRowsTransposed(AT(x), ld, k, n, 0, n, AT(out)); }
/* ---- Sums and losses ---- */
KERNEL(void, reluGradient)(address g, address y, int32_t count) { EACH(count, OUT(g, IN(y) > 0 ? IN(g) : (vf)0)) }
/* Rows are added in ascending order from +0, then what is there. */
KERNEL(void, columnSums)(address x_, int32_t m, int32_t n, address out_, int32_t add) {
  const float *x = AT(x_); float *out = AT(out_);
  int32_t j = 0;
  for (; j + 4 * W <= n; j += 4 * W) {
    vf s[4] = {0, 0, 0, 0};
    for (int64_t r = 0; r < m; r++) for (int v = 0; v < 4; v++) s[v] = s[v] + load(x + r * n + j + v * W, 0);
    for (int v = 0; v < 4; v++) store(out + j + v * W, add ? s[v] + load(out + j + v * W, 0) : s[v], 0);
  }
  EACH(n - j,
    vf s = 0; for (int64_t r = 0; r < m; r++) s = s + LOAD(x + r * n + j);
    STORE(out + j, add ? s + LOAD(out + j) : s))
}
/* (p − t)² in f32, 8 sums in f64 by index mod 8, which are added in ascending order. */
KERNEL(double, squaredError)(address p, address t, int32_t count) {
  d8 s = 0;
  for (int64_t i = 0; i < count; i += 8) {
    const f8 d = *(const f8u *)(AT(p) + i) - *(const f8u *)(AT(t) + i);
    s = s + __builtin_convertvector(d * d, d8);
  }
  return ascending(s);
}
KERNEL(void, squaredErrorGradient)(address p, address t, int32_t count, float scale, address g, int32_t add) {
  if (add) EACH(count, OUT(g, fma_(IN(p) - IN(t), (vf)scale, IN(g))))
  else EACH(count, OUT(g, (IN(p) - IN(t)) * (vf)scale))
}
KERNEL(double, columnTotal)(address x, int32_t m) {
  double sum = 0;
  for (int64_t i = 0; i < m; i++) sum += AT(x)[8 * i];
  return sum;
}
KERNEL(void, addConstant)(address x, int32_t m, float value, int32_t add) {
  for (int64_t i = 0; i < m; i++) AT(x)[8 * i] = add ? AT(x)[8 * i] + value : value;
}
/* ---- Optimiser ---- */
/*
 * Adds the gradients of `parts`, `stride` bytes apart, to the first, and sums the squares of what
 * comes out by blocks of 1,024: 32 sums in f32 by index mod 32, which are added in f64, ascending.
 */
KERNEL(void, sumGradients)(address g, double stride, int32_t parts, int32_t count, address squares) {
  enum { VECTORS = 32 / W };
  for (int64_t at = 0, block = 0; at < count; at += 1024, block++) {
    float *x = AT(g) + at;
    const int64_t size = count - at < 1024 ? count - at : 1024;
    for (int32_t part = 1; part < parts; part++) {
      const float *y = AT(g + part * stride) + at;
      EACH(size, STORE(x, LOAD(x) + LOAD(y)))
    }
    vf s[VECTORS] = {};
    for (int64_t i = 0; i < size; i += 32) for (int v = 0; v < VECTORS; v++) {
      const int64_t left = size - i - v * W;
      const vf y = left >= W ? load(x + i + v * W, 0) : left > 0 ? load(x + i + v * W, 1) : (vf)0;
      s[v] = fma_(y, y, s[v]);
    }
    double total = 0;
    _Pragma("clang loop unroll(full)") for (int l = 0; l < 32; l++) total += (double)s[l / W][l % W];
    ((double *)AT(squares))[block] = total;
  }
}
/*
 * AdamW (Loshchilov & Hutter 2019) of `rows` rows, 1 or a multiple of 8: `keep` is 1 − rate · decay, `rate` and
 * `correction` are unbiased. What products read is packed meanwhile, but at address 0: the first `depth` rows as
 * packRight() does it, `columns` columns as packRightTransposed() does.
 */
KERNEL(void, adamw)(address p_, address g_, address m_, address v_, int32_t rows, int32_t ld, address packed, int32_t depth, address transposed, int32_t columns, float scale, float beta1, float beta2, float keep, float rate, float correction, float epsilon) {
  const vf new1 = 1 - beta1, new2 = 1 - beta2;
  for (int32_t row = 0; row < rows; row += 8) {
    const int32_t end = row + 8 < rows ? row + 8 : rows;
    float *p = AT(p_) + (int64_t)row * ld, *g = AT(g_) + (int64_t)row * ld, *m = AT(m_) + (int64_t)row * ld, *v = AT(v_) + (int64_t)row * ld;
    EACH((end - row) * ld,
      const vf x = LOAD(g) * (vf)scale, first = fma_((vf)beta1, LOAD(m), new1 * x);
      const vf second = fma_((vf)beta2, LOAD(v), new2 * (x * x));
      const vf deviation = fma_(__builtin_elementwise_sqrt(second), (vf)correction, (vf)epsilon);
      STORE(m, first); STORE(v, second); STORE(p, fma_(LOAD(p), (vf)keep, -(((vf)rate * first) / deviation))))
    if (packed) packRows(AT(p_), ld, depth, ld, row, end < depth ? end : depth, AT(packed));
    if (transposed) packRowsTransposed(AT(p_), ld, columns, rows, row, end, AT(transposed));
  }
}
/* x ← x + share·(y − x) in f64. */
KERNEL(void, moveAverage)(address x, address y, int32_t count, double share) {
  for (int64_t i = 0; i < count; i += 8) {
    const d8 old = widen(AT(x) + i);
    *(f8u *)(AT(x) + i) = __builtin_convertvector(old + share * (widen(AT(y) + i) - old), f8);
  }
}
/* ---- Layer normalisation: y = (x − mean) / √(variance + ε) · gain + shift over each row ---- */
/* Sums over a row run in f64, 8 of them by column mod 8, which are added in ascending order. */
KERNEL(void, layerNorm)(address x_, int32_t m, int32_t n, int32_t ld, address gain_, address shift_, float epsilon, address normal_, address inverse_, address y_) {
  const float *gain = AT(gain_), *shift = AT(shift_);
  const l8 real = __builtin_convertvector(realColumns(n), l8);
  for (int64_t row = 0; row < m; row++) {
    const float *x = AT(x_) + row * ld; float *normal = AT(normal_) + row * ld, *y = AT(y_) + row * ld;
    d8 sums = 0, squares = 0;
    for (int32_t j = 0; j < ld; j += 8) sums = sums + widen(x + j);
    const double mean = ascending(sums) / n;
    for (int32_t j = 0; j < ld; j += 8) {
      d8 d = widen(x + j) - (d8)mean;
      if (j == ld - 8) d = (d8)((l8)d & real);
      squares = squares + d * d;
    }
    const float factor = (float)(1 / __builtin_elementwise_sqrt(ascending(squares) / n + (double)epsilon));
    const float centre = (float)mean;
    AT(inverse_)[row] = factor;
    EACH(ld,
      const vf value = (LOAD(x) - (vf)centre) * (vf)factor;
      STORE(normal, value); STORE(y, fma_(value, LOAD(gain), LOAD(shift))))
  }
  clearPadding(AT(normal_), m, n, ld);
  clearPadding(AT(y_), m, n, ld);
}
KERNEL(void, layerNormGradient)(address dy_, int32_t m, int32_t n, int32_t ld, address gain_, address normal_, address inverse_, address dx_, int32_t addX, address dGain_, address dShift_, int32_t addParameters) {
  const float *gain = AT(gain_); float *dGain = AT(dGain_), *dShift = AT(dShift_);
  if (!addParameters) EACH(ld, STORE(dGain, 0); STORE(dShift, 0))
  for (int64_t row = 0; row < m; row++) {
    const float *dy = AT(dy_) + row * ld, *normal = AT(normal_) + row * ld; float *dx = AT(dx_) + row * ld;
    EACH(ld,
      const vf d = LOAD(dy);
      STORE(dGain, fma_(d, LOAD(normal), LOAD(dGain)));
      STORE(dShift, LOAD(dShift) + d))
    d8 sums = 0, dots = 0;
    for (int32_t j = 0; j < ld; j += 8) {
      const d8 scaled = __builtin_convertvector(*(const f8u *)(dy + j) * *(const f8u *)(gain + j), d8);
      sums = sums + scaled, dots = dots + scaled * widen(normal + j);
    }
    const float mean = (float)(ascending(sums) / n), projection = (float)(ascending(dots) / n);
    const float factor = AT(inverse_)[row];
    EACH(ld,
      const vf d = fma_(-LOAD(normal), (vf)projection, LOAD(dy) * LOAD(gain) - (vf)mean);
      STORE(dx, addX ? fma_(d, (vf)factor, LOAD(dx)) : d * (vf)factor))
  }
  clearPadding(AT(dx_), m, n, ld);
}
/* ---- Rows: a "column" is the first of each row of a matrix of stride 8 ---- */
/* y = scale·x + offset, or scale·x + what is there. */
KERNEL(void, affine)(address x, address y, int32_t m, int32_t n, int32_t ld, float scale, float offset, int32_t add) {
  EACH((int64_t)m * ld, OUT(y, fma_(IN(x), (vf)scale, add ? IN(y) : (vf)offset)))
  clearPadding(AT(y), m, n, ld);
}
KERNEL(void, multiply)(address a_, address b_, address y_, int32_t m, int32_t n, int32_t ld, int32_t spread, int32_t add) {
  const float *a = AT(a_), *b = AT(b_); float *y = AT(y_);
  if (spread) for (int64_t row = 0; row < m; row++, a += ld, y += ld, b += 8) EACH(ld, STORE(y, add ? fma_(LOAD(a), (vf)*b, LOAD(y)) : LOAD(a) * (vf)*b))
  else EACH((int64_t)m * ld, STORE(y, add ? fma_(LOAD(a), LOAD(b), LOAD(y)) : LOAD(a) * LOAD(b)))
  clearPadding(AT(y_), m, n, ld);
}
/* Column y = Σ a·b over each row, b is 1 at address 0: 8 sums s by column mod 8, then
 * ((s0 + s4) + (s2 + s6)) + ((s1 + s5) + (s3 + s7)). */
KERNEL(void, rowProducts)(address a_, address b_, address y_, int32_t m, int32_t n, int32_t ld, int32_t add) {
  enum { VECTORS = W >= 8 ? 1 : 8 / W, half = W == 16 };
  const float *a = AT(a_), *b = AT(b_); float *y = AT(y_);
  for (int64_t row = 0; row < m; row++, a += ld, y += 8) {
    vf s[VECTORS] = {};
    for (int32_t j = 0; j < n; j += 8) for (int v = 0; v < VECTORS; v++) {
      const vf left = load(a + j + v * W, half);
      s[v] = b ? fma_(left, load(b + j + v * W, half), s[v]) : s[v] + left;
    }
#define LANE(l) s[(l) / W][(l) % W]
    const float sum = ((LANE(0) + LANE(4)) + (LANE(2) + LANE(6))) + ((LANE(1) + LANE(5)) + (LANE(3) + LANE(7)));
    *y = add ? *y + sum : sum;
    if (b) b += ld;
  }
}
KERNEL(void, spreadColumn)(address x_, address y_, int32_t m, int32_t n, int32_t ld, int32_t add) {
  const float *x = AT(x_); float *y = AT(y_);
  for (int64_t row = 0; row < m; row++, x += 8, y += ld) EACH(ld, STORE(y, add ? LOAD(y) + (vf)*x : (vf)*x))
  clearPadding(AT(y_), m, n, ld);
}
KERNEL(void, copyColumns)(address x_, int32_t ldx, address y_, int32_t ldy, int32_t m, int32_t n, int32_t add) {
  const float *x = AT(x_); float *y = AT(y_);
  for (int64_t row = 0; row < m; row++, x += ldx, y += ldy) {
    int32_t j = 0;
    for (; j + 8 <= n; j += 8) *(f8u *)(y + j) = add ? *(f8u *)(y + j) + *(const f8u *)(x + j) : *(const f8u *)(x + j);
    for (; j < n; j++) y[j] = add ? y[j] + x[j] : x[j];
  }
}
/* y[i] = x[rows[i]]; the rows of x lie one after another. */
KERNEL(void, gatherRows)(address x, int32_t width, address rows_, address y_, int32_t ld, int32_t count) {
  const uint32_t *rows = (const uint32_t *)AT(rows_); float *y = AT(y_);
  for (int64_t i = 0; i < count; i++, y += ld) {
    const float *from = AT(x) + (int64_t)rows[i] * width, *next = AT(x) + (int64_t)rows[i + 8 < count ? i + 8 : i] * width;
    for (int32_t j = 0; j < width; j += 16) __builtin_prefetch(next + j);
    int32_t j = 0;
    for (; j + 8 <= width; j += 8) *(f8u *)(y + j) = *(const f8u *)(from + j);
    for (; j < width; j++) y[j] = from[j];
  }
}
KERNEL(void, clear)(address x, int32_t count) { EACH(count, OUT(x, 0)) }
/* ---- Functions of single numbers: the polynomials of Cephes (Moshier 1989), never libm's ---- */
/* Horner's scheme, the highest coefficient first. */
#define P2(p, x, c) fma_(p, x, (vf)(c))
#define P3(x, a, b, c) P2(P2((vf)(a), x, b), x, c)
#define P5(x, a, b, c, d, e) P2(P2(P3(x, a, b, c), x, d), x, e)
#define P6(x, a, b, c, d, e, f) P2(P5(x, a, b, c, d, e), x, f)
/* Added and taken away again, it leaves the nearest integer, ties to even, in the low bits. */
#define NEAREST 12582912.0f
INLINE vf absolute(vf x) { return (vf)((vi)x & 0x7fffffff); }
/* eˣ for x in [−87, 88]; beyond it is that of the nearer end. */
INLINE vf exponential(vf x) {
  x = x > 88 ? (vf)88 : x < -87 ? (vf)-87 : x;
  const vf shifted = fma_(x, (vf)1.44269504f, (vf)NEAREST), n = shifted - NEAREST;
  const vf r = fma_(n, (vf)-1.42860677e-6f, fma_(n, (vf)-0.693145751953125f, x)); /* ln 2 in two parts */
  vf p = P6(r, 1.9875691500e-4f, 1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f);
  p = fma_(p, r * r, r) + 1;
  return p * (vf)(((vu)shifted << 23) + 0x3f800000u);
}
/* ln x for normal positive x = m·2ᵉ with m in [√½, √2). */
INLINE vf logarithm(vf x) {
  const vu bits = (vu)x - 0x3f3504f3u;
  const vf e = __builtin_convertvector((vi)bits >> 23, vf);
  const vf m = (vf)((bits & 0x7fffffu) + 0x3f3504f3u) - 1, square = m * m;
  vf p = P6(m, 7.0376836292e-2f, -1.1514610310e-1f, 1.1676998740e-1f, -1.2420140846e-1f, 1.4249322787e-1f, -1.6668057665e-1f);
  p = fma_(P2(P2(p, m, 2.0000714765e-1f), m, -2.4999993993e-1f), m, (vf)3.3333331174e-1f);
  p = fma_(square, (vf)-0.5f, fma_(p * m, square, e * -2.12194440e-4f));
  return fma_(e, (vf)0.693359375f, m + p);
}
/* ln(1 + x) for x ≥ 0, exact for small x too (Kahan's correction). */
INLINE vf logarithmOf1Plus(vf x) {
  const vf u = x + 1, added = u - 1;
  return added == 0 ? x : logarithm(u) * (x / added);
}
INLINE vf sigmoid(vf x) { return 1 / (1 + exponential(-x)); }
INLINE vf silu(vf x) { return x / (1 + exponential(-x)); }
INLINE vf hyperbolicTangent(vf x) {
  const vf square = x * x;
  const vf p = P5(square, -5.70498872745e-3f, 2.06390887954e-2f, -5.37397155531e-2f, 1.33314422036e-1f, -3.33332819422e-1f);
  const vf near = fma_(p * square, x, x), far = 1 - 2 / (exponential(2 * x) + 1);
  return absolute(x) < 0.625f ? near : far;
}
/* ln(1 + eˣ) = max(x, 0) + ln(1 + e^−|x|). */
INLINE vf softplus(vf x) { return logarithmOf1Plus(exponential(-absolute(x))) + (x > 0 ? x : (vf)0); }
/* sign(x)·ln(|x| + √(x² + 1)), arranged so that small x keep their digits. */
INLINE vf areaSine(vf x) {
  const vf size = absolute(x), square = x * x, root = __builtin_elementwise_sqrt(fma_(x, x, (vf)1));
  const vf log = logarithmOf1Plus(size + square / (root + 1));
  return (vf)(((vi)x & ~0x7fffffff) | ((vi)log & 0x7fffffff));
}
/* sin(x + quarter·π/2), for |x| up to some thousand: beyond it the reduction loses digits. */
INLINE vf sine(vf x, const uint32_t quarter) {
  const vf shifted = fma_(x, (vf)0.636619772f, (vf)NEAREST), n = shifted - NEAREST;
  vf r = fma_(n, (vf)-4.837512969970703e-4f, fma_(n, (vf)-1.5703125f, x)); /* π/2 in three parts */
  r = fma_(n, (vf)-7.54978995489188e-8f, r);
  const vf z = r * r;
  const vf s = fma_(P3(z, -1.9515295891e-4f, 8.3321608736e-3f, -1.6666654611e-1f) * z, r, r);
  const vf even = P3(z, 2.443315711809948e-5f, -1.388731625493765e-3f, 4.166664568298827e-2f);
  const vf c = fma_(even, z * z, fma_(z, (vf)-0.5f, (vf)1));
  const vu turn = (vu)shifted + quarter;
  const vf value = (vi)(turn << 31) < 0 ? c : s;
  return (vf)((vu)value ^ ((turn & 2u) << 30));
}
enum { EXP, LOG, TANH, SOFTPLUS, SILU, ASINH, SQRT, SIN, COS };
/* y = f(x), `[m, n]`. */
KERNEL(void, pointwise)(int32_t code, address x, address y, int32_t m, int32_t n, int32_t ld) {
#define CASE(code, value) case code: EACH((int64_t)m * ld, const vf a = IN(x); OUT(y, value)) break;
  switch (code) {
    CASE(EXP, exponential(a)) CASE(LOG, logarithm(a)) CASE(TANH, hyperbolicTangent(a))
    CASE(SOFTPLUS, softplus(a)) CASE(SILU, silu(a)) CASE(ASINH, areaSine(a))
    CASE(SQRT, __builtin_elementwise_sqrt(a)) CASE(SIN, sine(a, 0)) CASE(COS, sine(a, 1))
  }
#undef CASE
  clearPadding(AT(y), m, n, ld);
}
/* dx = dy·f′(x), or dy·f′(x) + what is there. */
KERNEL(void, pointwiseGradient)(int32_t code, address x, address y, address dy, int32_t m, int32_t n, int32_t ld, address dx, int32_t add) {
#define CASE(code, ...) case code: \
  EACH((int64_t)m * ld, const vf slope = __VA_ARGS__; OUT(dx, add ? fma_(slope, IN(dy), IN(dx)) : slope * IN(dy))) break;
  switch (code) {
    CASE(EXP, IN(y)) CASE(LOG, 1 / IN(x)) CASE(TANH, fma_(-IN(y), IN(y), (vf)1))
    CASE(SOFTPLUS, sigmoid(IN(x))) CASE(SQRT, (vf)0.5f / IN(y))
    CASE(SILU, ({ const vf a = IN(x), s = sigmoid(a); s * fma_(a, 1 - s, (vf)1); }))
    CASE(ASINH, 1 / __builtin_elementwise_sqrt(fma_(IN(x), IN(x), (vf)1)))
    CASE(SIN, sine(IN(x), 1)) CASE(COS, -sine(IN(x), 0))
  }
  clearPadding(AT(dx), m, n, ld);
}
