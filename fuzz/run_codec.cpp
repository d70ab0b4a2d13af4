// Decoders of stored runs: any bytes, with the checksum that would let them pass.

#include "formats/run_codec/run_codec.h"

#include <isa-l/crc.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "fuzzers.h"

namespace omniwriter::fuzz {
namespace {

constexpr std::size_t kOutcomes = 300;

std::string sealed(std::string_view content) {
  const std::uint32_t crc = crc32_gzip_refl(0, reinterpret_cast<const unsigned char*>(content.data()), content.size());
  std::string bytes(content);
  for (unsigned shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(crc >> shift);
  return bytes;
}

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

void run_codec(std::string_view raw) {
  static_cast<void>(decode_tally(raw, kOutcomes));
  static_cast<void>(check_timeline_block(std::string(raw), kOutcomes));
  static_cast<void>(decode_active_users(raw));
  static_cast<void>(decode_vitals(raw));
  static_cast<void>(decode_observed(raw));

  // What can be decoded can be encoded, and comes back the same.
  const std::string bytes = sealed(raw);
  if (const auto tally = decode_tally(bytes, kOutcomes)) {
    const auto again = decode_tally(encode_tally(*tally), kOutcomes);
    require(again && again->response_time == tally->response_time &&
            again->outcomes.entries() == tally->outcomes.entries() &&
            (again->reported == nullptr) == (tally->reported == nullptr));
  }
  if (const auto slots = check_timeline_block(bytes, kOutcomes)) {
    const auto reader = TimelineBlockReader::open(bytes, kOutcomes);
    require(reader.has_value());
    TimelineBlockWriter out;
    while ((*reader)->next()) out.add((*reader)->slot(), (*reader)->tally());
    const auto again = check_timeline_block(std::move(out).seal(), kOutcomes);
    require(again && *again == *slots);
  }
  if (const auto users = decode_active_users(bytes)) {
    const auto again = decode_active_users(encode_active_users(*users));
    require(again && *again == *users);
  }
  if (const auto vitals = decode_vitals(bytes)) {
    const auto again = decode_vitals(encode_vitals(*vitals));
    require(again && *again == *vitals);
  }
  if (const auto observed = decode_observed(bytes)) {
    // Not a number is no equal of itself.
    const auto again = decode_observed(encode_observed(*observed));
    require(again && encode_observed(*again) == encode_observed(*observed));
  }
  if (RunDigest digest; decode_digest(bytes, digest)) {
    RunDigest again;
    require(decode_digest(encode_digest(digest), again).has_value() && encode_digest(again) == encode_digest(digest));
  }
}

}  // namespace omniwriter::fuzz
