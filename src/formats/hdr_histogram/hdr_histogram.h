#pragma once
/// Decodes histograms of the HdrHistogram libraries.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "omniwriter/error.h"

namespace omniwriter::hdr {

/// Values from `low` to `high`, both included, that the histogram does not tell apart.
struct Bucket {
  std::uint64_t low;
  std::uint64_t high;
  std::uint64_t count;
};

/// The non-empty buckets, ascending, of a histogram as base64: version 2, compressed. No histogram in use comes near
/// kMaxBytes when unpacked; more is refused. `budget`: how many bytes may be unpacked; what was is taken off it.
[[nodiscard]] Result<std::vector<Bucket>> decode(std::string_view base64_text, std::size_t& budget);

inline constexpr std::size_t kMaxBytes = std::size_t{4} << 20;

}  // namespace omniwriter::hdr
