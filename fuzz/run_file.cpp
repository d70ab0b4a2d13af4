// Exported runs: any bytes as a file, and any rows in a file that is sound otherwise.

#include "store/run_file.h"

#include <isa-l/crc.h>
#include <unistd.h>
#include <zstd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "base/packing.h"
#include "fuzzers.h"
#include "store/schema.h"

namespace omniwriter::fuzz {
namespace {

void append_u32(std::string& out, std::size_t number) {
  for (unsigned shift = 0; shift < 32; shift += 8) out += static_cast<char>(number >> shift);
}

void append_checksum(std::string& out, std::string_view bytes) {
  append_u32(out, crc32_gzip_refl(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

/// A file of these chunks, each a length and as many bytes; an empty one ends a group.
std::string file_of(std::string_view chunks) {
  PackWriter header;
  header.varint(static_cast<std::uint64_t>(schema_version()));
  header.text("a");
  header.text("a");
  header.varint(0);
  header.text("");
  std::string out = "OmniWriter run\r\n\x1a\n\x01";
  append_u32(out, header.size());
  out += header.bytes();
  append_checksum(out, header.bytes());
  for (PackReader in(chunks); in.ok() && !in.done();) {
    const std::string_view raw = in.text();
    std::string packed(ZSTD_compressBound(raw.size()), '\0');
    packed.resize(ZSTD_compress(packed.data(), packed.size(), raw.data(), raw.size(), 1));
    if (raw.empty()) packed.clear();
    append_u32(out, packed.size());
    if (packed.empty()) continue;
    append_checksum(out, packed);
    out += packed;
  }
  append_u32(out, 0);
  return out;
}

void look_at(const std::string& bytes) {
  static const std::string file =
      std::filesystem::temp_directory_path() / ("fuzz_run_file_" + std::to_string(getpid()));
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
  for (const Timelines timelines : {Timelines::none, Timelines::of_endpoints}) {
    const auto store = open_run_file(file, timelines);
    if (!store) continue;
    const auto run_id = (*store)->resolve("latest");
    if (!run_id) continue;
    static_cast<void>((*store)->load(*run_id, timelines));
    static_cast<void>((*store)->load_judgement(*run_id));
    static_cast<void>((*store)->load_ledger(*run_id));
    if (timelines == Timelines::of_endpoints) static_cast<void>((*store)->load_digest(*run_id));
  }
  std::filesystem::remove(file);
}

}  // namespace

void run_file(std::string_view bytes) {
  look_at(std::string(bytes));
  look_at(file_of(bytes));
}

}  // namespace omniwriter::fuzz
