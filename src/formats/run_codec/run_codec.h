#pragma once
/// The bytes in which the store keeps tallies: compact, versioned, checksummed. Pure functions.
///
/// Every encoded piece is `version kind payload crc32`: one byte, one byte, the payload, and the CRC-32 (as in gzip,
/// little endian) of all before it. Integers are LEB128 varints, signed ones zigzag. README.md gives the layout.
/// Decoders take any bytes: what was cut, changed or written by a newer version is an error of code `io`, never a
/// crash.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "judge/run_digest.h"
#include "omniwriter/error.h"
#include "omniwriter/run.h"

namespace omniwriter {

/// A block of a stored timeline is closed once it is this large, so that encoding needs little memory whatever the run.
inline constexpr std::size_t kTimelineBlockBytes = std::size_t{64} << 10;

[[nodiscard]] std::string encode_tally(const Tally& tally);
/// `outcomes`: how many outcomes the run has; a tally that refers to a further one is refused.
[[nodiscard]] Result<Tally> decode_tally(std::string_view bytes, std::size_t outcomes);

/// Encodes time slots, ascending, to a block.
class TimelineBlockWriter {
 public:
  TimelineBlockWriter();
  ~TimelineBlockWriter();
  void add(std::int64_t slot, const Tally& tally);
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] std::string seal() &&;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Decodes the time slots of a block, one after the other.
class TimelineBlockReader final : public TimelineBlock::Reader {
 public:
  /// An error where it is no such block, or was changed since. It holds time slots of `slots` alone.
  [[nodiscard]] static Result<std::unique_ptr<TimelineBlockReader>> open(std::string bytes, std::size_t outcomes,
                                                                         SlotRange slots = {});
  ~TimelineBlockReader() override;

  /// Throws std::runtime_error where what comes next makes no sense.
  [[nodiscard]] bool next() override;
  [[nodiscard]] std::int64_t slot() const override;
  [[nodiscard]] const Tally& tally() const override;

 private:
  struct Impl;
  explicit TimelineBlockReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// The first and the last slot of a block; an error where any of it makes no sense.
[[nodiscard]] Result<std::pair<std::int64_t, std::int64_t>> check_timeline_block(const std::string& bytes,
                                                                                 std::size_t outcomes);

/// Tells a block from others of the same slots: its size and its checksum.
[[nodiscard]] std::uint64_t id_of_timeline_block(std::string_view bytes);
/// Whether these are the bytes of that block, whole and as they were written: a look at each byte, and no more.
[[nodiscard]] bool is_timeline_block(std::string_view bytes, std::uint64_t id);

[[nodiscard]] std::string encode_active_users(const std::map<std::int64_t, std::uint32_t>& users_by_slot);
[[nodiscard]] Result<std::map<std::int64_t, std::uint32_t>> decode_active_users(std::string_view bytes);

[[nodiscard]] std::string encode_vitals(const std::map<std::int64_t, Vitals>& vitals_by_slot);
[[nodiscard]] Result<std::map<std::int64_t, Vitals>> decode_vitals(std::string_view bytes);

[[nodiscard]] std::string encode_observed(const ObservedSeries& series);
[[nodiscard]] Result<ObservedSeries> decode_observed(std::string_view bytes);

/// What a digest knows beside the head of its run: has_samples, all, endpoints.
[[nodiscard]] std::string encode_digest(const RunDigest& digest);
[[nodiscard]] Result<void> decode_digest(std::string_view bytes, RunDigest& digest);

}  // namespace omniwriter
