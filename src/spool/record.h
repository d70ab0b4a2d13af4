#pragma once
/// How a record lies in a segment. Pure functions of bytes.
///
/// A record is a header of 36 bytes, little-endian, and its payload:
///   0 marker, 4 payload length, 8 record number (8 bytes), 16 weight (8 bytes), 24 flags, 28 CRC-32C of the payload,
///   32 CRC-32C of the 32 bytes before.
/// Both checksums begin with the salt of the segment, so that what a payload holds is never taken for a record.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace omniwriter {

struct SpoolRecord {
  std::string bytes;
  std::uint64_t weight = 0;  ///< the caller's: how much the record counts for
  std::uint32_t flags = 0;   ///< the caller's
};

struct RecordHeader {
  static constexpr std::size_t kBytes = 36;
  static constexpr std::uint32_t kMaxPayload = 1U << 30;

  std::uint32_t length = 0;
  std::uint64_t number = 0;
  std::uint64_t weight = 0;
  std::uint32_t flags = 0;
  std::uint32_t payload_checksum = 0;
};

[[nodiscard]] std::uint32_t checksum(std::string_view bytes, std::uint32_t salt);

/// Appends header and payload to `out`. The payload has at most RecordHeader::kMaxPayload bytes.
void append_record(std::string& out, const SpoolRecord& record, std::uint64_t number, std::uint32_t salt);

/// The header at the front of `bytes`; nothing where there is none, or it is damaged.
[[nodiscard]] std::optional<RecordHeader> read_header(std::string_view bytes, std::uint32_t salt);

/// Where in `bytes`, from `from` on, a header may begin; npos where nowhere.
[[nodiscard]] std::size_t find_marker(std::string_view bytes, std::size_t from);

}  // namespace omniwriter
