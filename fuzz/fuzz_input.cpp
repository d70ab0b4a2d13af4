/// Feeds any bytes to one importer. Stops where it crashes, breaks its contract, or reads something else when the same
/// bytes come in other chunks.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "support/input_driver.h"

namespace omniwriter {
const InputFormat& OMNIWRITER_FUZZED_INPUT();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view content(reinterpret_cast<const char*>(data), size);
  const std::string wrong = omniwriter::test::misbehaviour(omniwriter::OMNIWRITER_FUZZED_INPUT(), content);
  if (!wrong.empty()) {
    std::fprintf(stderr, "%s\n", wrong.c_str());
    std::abort();
  }
  return 0;
}
