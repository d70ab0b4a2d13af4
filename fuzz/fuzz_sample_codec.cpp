// Blocks of kept samples: any bytes as they are, and as the content of a compressed block.

#include <zstd.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "formats/sample_codec/sample_codec.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace omniwriter;
  std::ignore = decode_sample_block({reinterpret_cast<const char*>(data), size});
  std::string compressed(ZSTD_compressBound(size), '\0');
  compressed.resize(ZSTD_compress(compressed.data(), compressed.size(), data, size, 1));
  const auto block = decode_sample_block(compressed);
  if (!block) return 0;
  const auto again = decode_sample_block(encode_sample_block(*block));
  if (!again || again->names != block->names || again->samples.size() != block->samples.size()) std::abort();
  return 0;
}
