/// Feeds any bytes to one reader of summaries. Stops where it crashes, or where what was read contradicts itself.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "support/summary_driver.h"

namespace omniwriter {
const SummaryFormat& OMNIWRITER_FUZZED_SUMMARY();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view content(reinterpret_cast<const char*>(data), size);
  const std::string wrong = omniwriter::test::misbehaviour(omniwriter::OMNIWRITER_FUZZED_SUMMARY(), content);
  if (!wrong.empty()) {
    std::fprintf(stderr, "%s\n", wrong.c_str());
    std::abort();
  }
  return 0;
}
