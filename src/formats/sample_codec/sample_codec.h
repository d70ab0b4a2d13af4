#pragma once
/// The bytes in which single samples wait to be delivered: blocks, packed and compressed. Pure functions.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "omniwriter/error.h"
#include "omniwriter/sample.h"

namespace omniwriter {

/// Requests in the order in which they were read. README.md gives the layout of the bytes.
struct SampleBlock {
  struct Name {
    std::string endpoint;
    std::string request;  ///< as the load tool wrote it
    bool operator==(const Name&) const = default;
  };
  std::uint64_t first = 0;  ///< how many samples of the run come before it
  std::vector<Name> names;
  std::vector<Outcome> outcomes;
  std::vector<Sample> samples;  ///< requests all; `endpoint` is an index into `names`, `outcome` into `outcomes`

  static constexpr std::size_t kMaxSamples = 65'536;
  static constexpr std::size_t kMaxBytes = std::size_t{64} << 20;  ///< before compression
};

[[nodiscard]] std::string encode_sample_block(const SampleBlock& block);
/// Takes any bytes: what is no such block is an error of code `io`.
[[nodiscard]] Result<SampleBlock> decode_sample_block(std::string_view bytes);

}  // namespace omniwriter
