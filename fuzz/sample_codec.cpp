// Blocks of kept samples: any bytes as they are, and as the content of a compressed block.

#include "formats/sample_codec/sample_codec.h"

#include <zstd.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "fuzzers.h"

namespace omniwriter::fuzz {

void sample_codec(std::string_view bytes) {
  std::ignore = decode_sample_block(bytes);
  std::string compressed(ZSTD_compressBound(bytes.size()), '\0');
  compressed.resize(ZSTD_compress(compressed.data(), compressed.size(), bytes.data(), bytes.size(), 1));
  const auto block = decode_sample_block(compressed);
  if (!block) return;
  const auto again = decode_sample_block(encode_sample_block(*block));
  if (!again || again->names != block->names || again->samples.size() != block->samples.size()) std::abort();
}

}  // namespace omniwriter::fuzz
