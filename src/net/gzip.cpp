#include "net/gzip.h"

#include <isa-l/igzip_lib.h>

#include <limits>
#include <memory>

namespace omniwriter {

Result<std::string> gzip(std::string_view plain) {
  // What cannot be compressed is stored in blocks; head and tail take 18 bytes.
  constexpr std::size_t kStoredBlock = 65'535;
  constexpr std::size_t kBlockHead = 5;
  constexpr std::size_t kSpare = 64;
  std::string packed(plain.size() + (plain.size() / kStoredBlock + 1) * kBlockHead + kSpare, '\0');
  if (packed.size() > std::numeric_limits<std::uint32_t>::max()) {
    return fail(ErrorCode::internal, "too much to be compressed at once");
  }
  const auto work_space = std::make_unique<std::uint8_t[]>(ISAL_DEF_LVL1_DEFAULT);  // NOLINT(*-avoid-c-arrays)
  isal_zstream stream{};
  isal_deflate_stateless_init(&stream);
  stream.gzip_flag = IGZIP_GZIP;
  stream.level = 1;
  stream.level_buf = work_space.get();
  stream.level_buf_size = ISAL_DEF_LVL1_DEFAULT;
  stream.end_of_stream = 1;
  // It does not write there.
  stream.next_in = reinterpret_cast<std::uint8_t*>(const_cast<char*>(plain.data()));  // NOLINT(*-const-cast)
  stream.avail_in = static_cast<std::uint32_t>(plain.size());
  stream.next_out = reinterpret_cast<std::uint8_t*>(packed.data());
  stream.avail_out = static_cast<std::uint32_t>(packed.size());
  if (isal_deflate_stateless(&stream) != COMP_OK) return fail(ErrorCode::internal, "isa-l: could not compress");
  packed.resize(stream.total_out);
  return packed;
}

}  // namespace omniwriter
