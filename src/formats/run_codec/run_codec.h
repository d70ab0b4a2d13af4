#pragma once
/// The bytes in which the store keeps tallies: compact, versioned, checksummed. Pure functions.
///
/// Every encoded piece is `version kind payload crc32`: one byte, one byte, the payload, and the CRC-32 (as in gzip,
/// little endian) of all before it. Integers are LEB128 varints, signed ones zigzag. README.md gives the layout.
/// Decoders take any bytes: what was cut, changed or written by a newer version is an error of code `io`, never a
/// crash.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "omniwriter/error.h"
#include "omniwriter/run.h"

namespace omniwriter {

using Timeline = std::map<std::int64_t, Tally>;

/// A block of a timeline is closed once it is this large, so that encoding needs little memory whatever the run.
inline constexpr std::size_t kTimelineBlockBytes = std::size_t{64} << 10;

[[nodiscard]] std::string encode_tally(const Tally& tally);
/// `outcomes`: how many outcomes the run has; a tally that refers to a further one is refused.
[[nodiscard]] Result<Tally> decode_tally(std::string_view bytes, std::size_t outcomes);

/// Encodes the time slots from `at` on, until the block is full or `end` is reached; moves `at` past what it took.
[[nodiscard]] std::string encode_timeline_block(Timeline::const_iterator& at, Timeline::const_iterator end);
/// Adds the time slots of a block to `timeline`. They must lie after all that is there.
[[nodiscard]] Result<void> decode_timeline_block(std::string_view bytes, std::size_t outcomes, Timeline& timeline);

[[nodiscard]] std::string encode_active_users(const std::map<std::int64_t, std::uint32_t>& users_by_slot);
[[nodiscard]] Result<std::map<std::int64_t, std::uint32_t>> decode_active_users(std::string_view bytes);

}  // namespace omniwriter
