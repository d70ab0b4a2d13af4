// Built with flags of its own: see src/CMakeLists.txt.
#include "formats/csv/scan.h"

#if defined(__AVX512VBMI2__)

#include <immintrin.h>

namespace omniwriter::csv {

void scan_avx512(Scan& scan) {
  const __m512i quote = _mm512_set1_epi8('"');
  const __m512i delimiter = _mm512_set1_epi8(scan.delimiter);
  const __m512i newline = _mm512_set1_epi8('\n');
  alignas(64) char positions[64];
  for (int i = 0; i < 64; ++i) positions[i] = static_cast<char>(i);
  const __m512i all = _mm512_load_si512(positions);
  scan_blocks(
      scan,
      [&](const char* block) {
        const __m512i bytes = _mm512_loadu_si512(block);
        return Masks{_mm512_cmpeq_epi8_mask(bytes, quote), _mm512_cmpeq_epi8_mask(bytes, delimiter),
                     _mm512_cmpeq_epi8_mask(bytes, newline)};
      },
      [&](std::uint64_t separators, int count, std::uint32_t base, std::uint32_t* out) {
        // The positions of the set bits, packed to the front.
        __m512i packed = _mm512_maskz_compress_epi8(separators, all);
        for (int written = 0; written < count; written += 16) {
          const __m512i wide = _mm512_cvtepu8_epi32(_mm512_castsi512_si128(packed));
          // NOLINTNEXTLINE(portability-simd-intrinsics): the standard has no vectors yet
          const __m512i at = _mm512_add_epi32(wide, _mm512_set1_epi32(static_cast<int>(base)));
          _mm512_storeu_si512(out + written, at);
          packed = _mm512_shuffle_i64x2(packed, packed, 0b111001);  // the next sixteen
        }
      });
}

}  // namespace omniwriter::csv

#endif
