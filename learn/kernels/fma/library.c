/* What a native library tells of its process. `addressOf`: where bytes lie. `vectorWidth`: widest vectors
 * of the kernels that processor and system have, in floats, 0 for none. `roundingState`: bits of the
 * calling thread's floating-point control register that change results: rounding, subnormals as zero. */
#include <stdint.h>
#define EXPORT __attribute__((visibility("default")))
EXPORT double addressOf(const void *bytes) { return (double)(uintptr_t)bytes; }
#ifdef __x86_64__
#include <cpuid.h>
EXPORT int32_t vectorWidth(void) {
  unsigned a, b, c, d, low = 0, high;
  if (__get_cpuid_max(0, 0) < 7) return 0;
  __cpuid(1, a, b, c, d);
  if (!(c & bit_OSXSAVE) || !(c & bit_FMA)) return 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  __cpuid_count(7, 0, a, b, c, d);
  const unsigned wide = bit_AVX512F | bit_AVX512DQ | bit_AVX512CD | bit_AVX512BW | bit_AVX512VL;
  if ((low & 0xe6) == 0xe6 && (b & bit_AVX2) && (b & wide) == wide) return 16;
  return (low & 0x06) == 0x06 && (b & bit_AVX2) ? 8 : 0;
}
EXPORT int32_t roundingState(void) {
  uint32_t mxcsr;
  __asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
  return (int32_t)(mxcsr & 0xe040);
}
#else
EXPORT int32_t vectorWidth(void) { return 4; }
EXPORT int32_t roundingState(void) {
  uint64_t fpcr;
  __asm__ volatile("mrs %0, fpcr" : "=r"(fpcr));
  return (int32_t)(fpcr & 0x03c00000);
}
#endif
