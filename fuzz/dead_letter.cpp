// Lines of files of dead letters: what can be read can be written, and comes back the same.

#include <cstdlib>
#include <string_view>

#include "delivery/dead_letters.h"
#include "fuzzers.h"

namespace omniwriter::fuzz {

void dead_letter(std::string_view bytes) {
  if (const auto letter = read_dead_letter(bytes)) {
    const auto again = read_dead_letter(to_line(*letter));
    if (!again || again->item.bytes != letter->item.bytes || again->item.samples != letter->item.samples) std::abort();
  }
  if (!bytes.empty()) {
    const auto letter = read_dead_letter(to_line({"run", "output", "reason", {std::string(bytes), 3, true}}));
    if (!letter || letter->item.bytes != bytes || !letter->item.starts_batch) std::abort();
  }
}

}  // namespace omniwriter::fuzz
