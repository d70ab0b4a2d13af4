#include "formats/csv/scan.h"

namespace omniwriter::csv {

void scan_portable(Scan& scan) {
  scan_blocks(
      scan,
      [&](const char* block) {
        Masks masks{};
        for (unsigned i = 0; i < 64; ++i) {
          masks.quotes |= std::uint64_t{block[i] == '"'} << i;
          masks.delimiters |= std::uint64_t{block[i] == scan.delimiter} << i;
          masks.newlines |= std::uint64_t{block[i] == '\n'} << i;
        }
        return masks;
      },
      write_by_eight);
}

}  // namespace omniwriter::csv
