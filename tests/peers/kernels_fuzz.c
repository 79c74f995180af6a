/*
 * Runs every kernel of class "fma" on random shapes and numbers, in the scalar form and in others, and
 * counts the words that differ. Operands end where a page begins that nobody may touch, so that a
 * kernel which reaches beyond its ranges is killed; under AddressSanitizer nobody may touch what lies
 * before them either. Its last line is the same on every processor:
 * words compared, words that differ, and a hash of all of them.
 *
 * fuzz TRIALS
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

typedef double address;
#define DECLARE(s) \
  void product_##s(address, int32_t, int32_t, address, address, int32_t, int32_t, int32_t, int32_t, int32_t, address); \
  void packRight_##s(address, int32_t, int32_t, int32_t, address); \
  void packRightTransposed_##s(address, int32_t, int32_t, int32_t, address); \
  void reluGradient_##s(address, address, int32_t); \
  void columnSums_##s(address, int32_t, int32_t, address, int32_t); \
  double squaredError_##s(address, address, int32_t); \
  void squaredErrorGradient_##s(address, address, int32_t, float, address, int32_t); \
  double columnTotal_##s(address, int32_t); \
  void addConstant_##s(address, int32_t, float, int32_t); \
  void sumGradients_##s(address, double, int32_t, int32_t, address); \
  void adamw_##s(address, address, address, address, int32_t, int32_t, address, int32_t, address, int32_t, float, float, float, float, float, float, float); \
  void moveAverage_##s(address, address, int32_t, double); \
  void gatherRows_##s(address, int32_t, address, address, int32_t, int32_t); \
  void layerNorm_##s(address, int32_t, int32_t, int32_t, address, address, float, address, address, address); \
  void layerNormGradient_##s(address, int32_t, int32_t, int32_t, address, address, address, address, int32_t, address, address, int32_t); \
  void affine_##s(address, address, int32_t, int32_t, int32_t, float, float, int32_t); \
  void multiply_##s(address, address, address, int32_t, int32_t, int32_t, int32_t, int32_t); \
  void rowProducts_##s(address, address, address, int32_t, int32_t, int32_t, int32_t); \
  void spreadColumn_##s(address, address, int32_t, int32_t, int32_t, int32_t); \
  void copyColumns_##s(address, int32_t, address, int32_t, int32_t, int32_t, int32_t); \
  void clear_##s(address, int32_t); \
  void pointwise_##s(int32_t, address, address, int32_t, int32_t, int32_t); \
  void pointwiseGradient_##s(int32_t, address, address, address, int32_t, int32_t, int32_t, address, int32_t);

static uint32_t state = 1;
static uint32_t draw(uint32_t below) {
  state ^= state << 13, state ^= state >> 17, state ^= state << 5;
  return state % below;
}
static float number(void) {
  static const uint32_t special[] = {0, 0x80000000u, 0x7f800000u, 0xff800000u, 0x7fc00000u, 0x7f7fffffu, 1, 0x807fffffu};
  uint32_t kind = draw(64), bits = kind == 0 ? special[draw(8)]
    : kind < 6 ? (draw(1u << 31) & 0x007fffffu) | draw(255) << 23 | draw(2) << 31 : 0;
  float x;
  memcpy(&x, &bits, 4);
  return kind < 6 ? x : ((float)draw(1 << 24) - (1 << 23)) * (1.0f / (1 << 20));
}

enum { OPERANDS = 8, PAGES = 48, PAGE = 65536 };
static char *ends[OPERANDS]; /* each before a page without access */
#if __has_feature(address_sanitizer)
void __asan_poison_memory_region(const volatile void *, size_t);
void __asan_unpoison_memory_region(const volatile void *, size_t);
static void close(int operand) { __asan_poison_memory_region(ends[operand] - PAGES * PAGE, PAGES * PAGE); }
static void open(int operand, int64_t floats) { __asan_unpoison_memory_region(ends[operand] - 4 * floats, 4 * floats); }
#else
static void close(int operand) { (void)operand; }
static void open(int operand, int64_t floats) { (void)operand, (void)floats; }
#endif
/* Only operands that were placed may be touched by kernels. */
static float *place(int operand, int64_t floats) {
  open(operand, floats);
  return (float *)(ends[operand] - 4 * floats);
}
#define AT(operand, floats) ((address)(uintptr_t)place(operand, floats))

typedef struct { int32_t m, n, ld, k, mode, add, spread, code, transposed; } Case;
int32_t vectorWidth(void);
static double sums[3];
#define RUN(s) \
  static void run_##s(int kernel, const Case *c) { \
    const int64_t all = (int64_t)c->m * c->ld; \
    const address a = AT(0, all), b = AT(1, all), y = AT(2, all), d = AT(3, all), row = AT(4, c->ld), row2 = AT(5, c->ld), column = AT(6, 8 * c->m); \
    const int32_t m = c->m, n = c->n, ld = c->ld, k = c->k, add = c->add, kp = (k + 7) & ~7; \
    switch (kernel) { \
      case 0: { \
        const address right = AT(7, (int64_t)k * ld), left = c->transposed ? AT(1, (int64_t)k * ((m + 7) & ~7)) : AT(1, (int64_t)m * kp); \
        packRight_##s(AT(0, (int64_t)k * ld), ld, k, ld, right); \
        product_##s(left, c->transposed ? (m + 7) & ~7 : kp, c->transposed, right, y, ld, m, ld, k, c->mode, c->spread ? row : 0); \
        packRightTransposed_##s(AT(0, (int64_t)ld * kp), kp, k, ld, right); \
        product_##s(left, c->transposed ? (m + 7) & ~7 : kp, c->transposed, right, d, ld, m, ld, k, c->mode, 0); \
        memset(place(7, (int64_t)k * ld), 0, 4 * (size_t)k * ld); \
        break; \
      } \
      case 1: pointwise_##s(c->code, a, y, m, n, ld); pointwiseGradient_##s(c->code, a, y, b, m, n, ld, d, add); break; \
      case 2: layerNorm_##s(a, m, n, ld, row, row2, 1e-6f, y, AT(7, m), d); layerNormGradient_##s(b, m, n, ld, row, y, AT(7, m), d, add, row, row2, add); break; \
      case 3: affine_##s(a, y, m, n, ld, 0.3f, 0.7f, add); multiply_##s(a, c->spread ? column : b, d, m, n, ld, c->spread, add); break; \
      case 4: rowProducts_##s(a, c->spread ? b : 0, column, m, n, ld, add); spreadColumn_##s(column, d, m, n, ld, add); sums[0] = columnTotal_##s(column, m); addConstant_##s(column, m, 0.1f, add); break; \
      case 5: copyColumns_##s(a, ld, y, ld, m, n, add); reluGradient_##s(d, b, (int32_t)all); columnSums_##s(a, m, ld, row, add); clear_##s(AT(5, ld), ld); break; \
      case 6: sums[1] = squaredError_##s(a, b, (int32_t)all); squaredErrorGradient_##s(a, b, (int32_t)all, 0.3f, y, add); break; \
      case 7: sumGradients_##s(a, AT(1, all) - a, c->spread ? 2 : 1, (int32_t)all, AT(7, 2 * ((all + 1023) / 1024))); moveAverage_##s(y, d, (int32_t)all, 0.3); break; \
      case 8: { /* what is packed is compared by what comes of it */ \
        const int32_t rows = (m + 7) & ~7, depth = rows - c->code % 8; \
        const int64_t size = (int64_t)rows * ld; \
        const address right = AT(6, (int64_t)depth * ld), turned = AT(7, (int64_t)n * rows), z = AT(3, size); \
        adamw_##s(AT(1, size), AT(0, size), AT(2, size), z, rows, ld, right, depth, turned, n, 0.7f, 0.9f, 0.999f, 0.999999f, 1e-3f, 1.5f, 1e-8f); \
        product_##s(AT(0, 4 * (int64_t)rows), rows, 0, right, AT(4, 4 * (int64_t)ld), ld, 4, ld, depth, 0, 0); \
        product_##s(AT(0, 4 * (int64_t)ld), ld, 0, turned, AT(5, 4 * (int64_t)rows), rows, 4, rows, n, 0, 0); \
        memset(place(6, (int64_t)depth * ld), 0, 4 * (size_t)depth * ld), memset(place(7, (int64_t)n * rows), 0, 4 * (size_t)n * rows); \
        adamw_##s(AT(1, ld), AT(0, ld), AT(2, ld), AT(3, ld), 1, ld, 0, 0, 0, 0, 0.7f, 0.9f, 0.999f, 0.999999f, 1e-3f, 1.5f, 1e-8f); \
        break; \
      } \
      case 9: { \
        uint32_t *order = (uint32_t *)place(6, m); \
        for (int32_t i = 0; i < m; i++) order[i] = order[i] % (uint32_t)m; \
        gatherRows_##s(AT(0, (int64_t)m * n), n, AT(6, m), y, ld, m); \
        break; \
      } \
    } \
  }
DECLARE(scalar) RUN(scalar)
#ifdef __x86_64__
DECLARE(avx2) RUN(avx2) DECLARE(avx512) RUN(avx512)
static void (*const FORMS[])(int, const Case *) = {run_scalar, run_avx2, run_avx512};
#else
DECLARE(neon) RUN(neon)
static void (*const FORMS[])(int, const Case *) = {run_scalar, run_neon};
#endif

int main(int count, char **arguments) {
  const int64_t bytes = (int64_t)PAGES * PAGE, total = OPERANDS * (bytes + PAGE);
  int forms = sizeof FORMS / sizeof *FORMS;
  if (vectorWidth() == 8) forms = 2;
  char *memory = mmap(0, total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  uint32_t *first = malloc(OPERANDS * bytes), *start = malloc(OPERANDS * bytes);
  for (int o = 0; o < OPERANDS; o++) {
    ends[o] = memory + (o + 1) * (bytes + PAGE) - PAGE;
    mprotect(ends[o], PAGE, PROT_NONE);
  }
  uint64_t hash = 1469598103934665603u, words = 0, different = 0;
  for (long trial = 0, trials = count > 1 ? atol(arguments[1]) : 100; trial < trials; trial++) {
    Case c = {.m = 4 * (1 + draw(24)), .n = 1 + draw(90), .k = 1 + draw(90), .mode = draw(3), .add = draw(2), .spread = draw(2), .code = draw(9), .transposed = draw(2)};
    c.ld = (c.n + 7) & ~7;
    const int64_t used = 98 * 96; /* floats of the largest operand */
    const int kernel = trial % 10;
    for (int o = 0; o < OPERANDS; o++) for (int64_t i = 0; i < used; i++) {
      float x = number();
      memcpy(start + o * used + i, &x, 4);
    }
    double expected[3] = {0};
    for (int form = 0; form < forms; form++) {
      memset(sums, 0, sizeof sums);
      for (int o = 0; o < OPERANDS; o++) memcpy(ends[o] - 4 * used, start + o * used, 4 * used);
      for (int o = 0; o < OPERANDS; o++) close(o);
      FORMS[form](kernel, &c);
      for (int o = 0; o < OPERANDS; o++) open(o, PAGES * PAGE / 4);
      for (int o = 0; o < OPERANDS; o++) for (int64_t i = 0; i < used; i++) {
        uint32_t word;
        memcpy(&word, ends[o] - 4 * used + 4 * i, 4);
        if ((word & 0x7fffffffu) > 0x7f800000u) word = 0x7fc00000u;
        if (form == 0) {
          if (word != start[o * used + i]) words++;
          first[o * used + i] = word, hash = (hash ^ word) * 1099511628211u;
        } else if (word != first[o * used + i]) different++;
      }
      for (int i = 0; i < 3; i++) {
        uint64_t found, wanted;
        if (sums[i] != sums[i]) sums[i] = 0; /* one for all that is not a number */
        if (form == 0) expected[i] = sums[i];
        memcpy(&found, sums + i, 8), memcpy(&wanted, expected + i, 8);
        if (found != wanted) different++;
        if (form == 0) hash = (hash ^ found) * 1099511628211u;
      }
    }
  }
  printf("%llu words, %llu differ, hash %016llx\n", (unsigned long long)words, (unsigned long long)different, (unsigned long long)hash);
  free(first), free(start);
  return different != 0;
}
