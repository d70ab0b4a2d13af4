// Built with flags of its own: see src/CMakeLists.txt.
#include "formats/csv/scan.h"

#if defined(__AVX2__)

#include <immintrin.h>

namespace omniwriter::csv {

void scan_avx2(Scan& scan) {
  const __m256i quote = _mm256_set1_epi8('"');
  const __m256i delimiter = _mm256_set1_epi8(scan.delimiter);
  const __m256i newline = _mm256_set1_epi8('\n');
  scan_blocks(
      scan,
      [&](const char* block) {
        const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(block));
        const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(block + 32));
        const auto mask = [&](__m256i what) {
          const auto l = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, what)));
          const auto h = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, what)));
          return std::uint64_t{h} << 32 | l;
        };
        return Masks{mask(quote), mask(delimiter), mask(newline)};
      },
      write_by_eight);
}

}  // namespace omniwriter::csv

#endif
