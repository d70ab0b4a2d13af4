// Lines of files of dead letters: what can be read can be written, and comes back the same.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "pipeline/dead_letters.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace omniwriter;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto letter = read_dead_letter(bytes)) {
    const auto again = read_dead_letter(to_line(*letter));
    if (!again || again->item.bytes != letter->item.bytes || again->item.samples != letter->item.samples) std::abort();
  }
  if (!bytes.empty()) {
    const auto letter = read_dead_letter(to_line({"run", "output", "reason", {std::string(bytes), 3, true}}));
    if (!letter || letter->item.bytes != bytes || !letter->item.starts_batch) std::abort();
  }
  return 0;
}
