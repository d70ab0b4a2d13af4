#include "formats/run_codec/run_codec.h"

#include <fmt/format.h>
#include <isa-l/crc.h>

#include <limits>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "base/packing.h"
#include "base/try.h"

namespace omniwriter {
namespace {

constexpr std::uint8_t kVersion = 2;  // 1 lacks reported times
enum class Kind : std::uint8_t {
  tally = 'T',
  timeline = 'L',
  active_users = 'U',
  vitals = 'V',
  observed = 'O',
  digest = 'D'
};

constexpr std::size_t kChecksumBytes = sizeof(std::uint32_t);
constexpr std::uint64_t kNsPerMs = 1'000'000;
// Index deltas start from here, so that the first one is positive too: 0 ends the list.
constexpr std::int32_t kBeforeFirstIndex = -4097;
constexpr std::int32_t kLastIndex = 4095;
// The first byte of a tally: the scale, and whether its times are whole milliseconds and stored as such.
constexpr std::uint8_t kScaleMask = 0x0f;
constexpr std::uint8_t kMilliseconds = 0x10;
constexpr std::uint8_t kReported = 0x20;
constexpr std::uint64_t kMaxQuantiles = 10'000;
// What the tool told, of ReportedTimes.
constexpr std::uint8_t kMean = 0x01;
constexpr std::uint8_t kMinimum = 0x02;
constexpr std::uint8_t kMaximum = 0x04;
constexpr std::uint8_t kRelativeError = 0x08;
// Which of Vitals are known.
constexpr std::uint8_t kActiveUsers = 0x01;
constexpr std::uint8_t kThroughput = 0x02;
constexpr std::uint8_t kCpu = 0x04;
constexpr std::uint8_t kMemory = 0x08;
// Slots are seconds or wider: beyond this they leave the time that nanoseconds in 64 bits can tell.
constexpr std::int64_t kMaxSlot = std::numeric_limits<std::int64_t>::max() / 1'000'000'000;

std::uint32_t checksum(std::string_view bytes) {
  return crc32_gzip_refl(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

class Writer : public PackWriter {
 public:
  explicit Writer(Kind kind) {
    byte(kVersion);
    byte(static_cast<std::uint8_t>(kind));
  }

  /// One bucket; most take one byte.
  void bucket(std::uint64_t index_delta, std::uint64_t count) {
    varint(index_delta << 1 | static_cast<std::uint64_t>(count > 1));
    if (count > 1) varint(count - 2);
  }

  [[nodiscard]] std::string seal() && {
    const std::uint32_t crc = checksum(bytes());
    for (unsigned shift = 0; shift < 32; shift += 8) byte(static_cast<std::uint8_t>(crc >> shift));
    return std::move(*this).take();
  }
};

using Reader = PackReader;

// The last bytes of a piece.
std::uint32_t stored_checksum(std::string_view bytes) {
  std::uint32_t stored = 0;
  for (std::size_t i = 0; i < kChecksumBytes; ++i) {
    const auto byte = static_cast<std::uint8_t>(bytes[bytes.size() - kChecksumBytes + i]);
    stored |= static_cast<std::uint32_t>(byte) << (8 * i);
  }
  return stored;
}

Error corrupt(std::string_view what) { return {ErrorCode::io, fmt::format("stored run is damaged: {}", what), false}; }

Result<Reader> open(std::string_view bytes, Kind kind) {
  if (bytes.size() < 2 + kChecksumBytes) return std::unexpected(corrupt("a block was cut off"));
  const std::string_view content = bytes.substr(0, bytes.size() - kChecksumBytes);
  if (stored_checksum(bytes) != checksum(content))
    return std::unexpected(corrupt("the checksum of a block does not match"));
  if (content[0] < 1 || static_cast<std::uint8_t>(content[0]) > kVersion) {
    return fail(ErrorCode::io,
                fmt::format("stored run has block version {}, this program reads up to {}: use a newer omniwriter",
                            static_cast<unsigned>(static_cast<std::uint8_t>(content[0])), kVersion));
  }
  if (content[1] != static_cast<char>(kind)) return std::unexpected(corrupt("a block is of another kind"));
  return Reader(content.substr(2));
}

void write_reported(Writer& out, const ReportedTimes& reported) {
  out.byte(static_cast<std::uint8_t>((reported.mean ? kMean : 0) | (reported.minimum ? kMinimum : 0) |
                                     (reported.maximum ? kMaximum : 0) |
                                     (reported.relative_error ? kRelativeError : 0)));
  if (reported.relative_error) out.number(*reported.relative_error);
  out.varint(reported.quantiles.size());
  for (const auto& [q, seconds] : reported.quantiles) {
    out.number(q);
    out.number(seconds);
  }
}

std::shared_ptr<const ReportedTimes> read_reported(Reader& in) {
  ReportedTimes reported;
  const std::uint8_t told = in.byte();
  reported.mean = (told & kMean) != 0;
  reported.minimum = (told & kMinimum) != 0;
  reported.maximum = (told & kMaximum) != 0;
  if ((told & kRelativeError) != 0) reported.relative_error = in.number();
  for (std::uint64_t left = in.varint_up_to(kMaxQuantiles); left > 0 && in.ok(); --left) {
    const double q = in.number();
    reported.quantiles.emplace_back(q, in.number());
  }
  return std::make_shared<const ReportedTimes>(std::move(reported));
}

void write_tally(Writer& out, const Tally& tally) {
  const Histogram& times = tally.response_time;
  const auto min = static_cast<std::uint64_t>(times.min_ns());
  const auto max = static_cast<std::uint64_t>(times.max_ns());
  const std::uint64_t sum = times.sum_ns();
  // Most tools record milliseconds: then six of the bytes that follow can be saved.
  const bool whole_ms = min % kNsPerMs == 0 && max % kNsPerMs == 0 && sum % kNsPerMs == 0;
  const std::uint64_t unit = whole_ms ? kNsPerMs : 1;
  out.byte(static_cast<std::uint8_t>((times.scale() - Histogram::kMinScale) | (whole_ms ? kMilliseconds : 0) |
                                     (tally.reported ? kReported : 0)));
  out.varint(times.zero_count());
  out.varint(sum / unit);
  out.varint(min / unit);
  out.varint(max / unit);
  std::int32_t before = kBeforeFirstIndex;
  times.for_each_bucket([&](Histogram::Bucket bucket) {
    out.bucket(static_cast<std::uint64_t>(bucket.index - before), bucket.count);
    before = bucket.index;
  });
  out.varint(0);
  out.varint(tally.outcomes.entries().size());
  for (const auto& [outcome, count] : tally.outcomes.entries()) {
    out.varint(outcome);
    out.varint(count);
  }
  out.varint(tally.bytes_received);
  out.varint(tally.bytes_sent);
  if (tally.reported) write_reported(out, *tally.reported);
}

/// `buckets` is scratch space, so that a long timeline does not allocate it for each slot.
Tally read_tally(Reader& in, std::size_t outcomes, std::vector<Histogram::Bucket>& buckets) {
  const std::uint8_t head = in.byte();
  const int scale = (head & kScaleMask) + Histogram::kMinScale;
  if (head > (kScaleMask | kMilliseconds | kReported) || scale > Histogram::kMaxScale) in.stop();
  const std::uint64_t unit = (head & kMilliseconds) != 0 ? kNsPerMs : 1;
  constexpr std::uint64_t kMaxDuration = std::numeric_limits<std::int64_t>::max();
  std::uint64_t count = in.varint();
  const std::uint64_t zero_count = count;
  const std::uint64_t sum = in.varint_up_to(std::numeric_limits<std::uint64_t>::max() / unit) * unit;
  const std::uint64_t min = in.varint_up_to(kMaxDuration / unit) * unit;
  const std::uint64_t max = in.varint_up_to(kMaxDuration / unit) * unit;

  buckets.clear();
  std::int32_t index = kBeforeFirstIndex;
  while (const std::uint64_t head_of_bucket = in.varint()) {
    const std::uint64_t delta = head_of_bucket >> 1;
    if (delta == 0 || delta > static_cast<std::uint64_t>(kLastIndex - index)) {
      in.stop();
      break;
    }
    index += static_cast<std::int32_t>(delta);
    const std::uint64_t in_bucket =
        (head_of_bucket & 1) == 0 ? 1 : in.varint_up_to(std::numeric_limits<std::uint64_t>::max() - 2) + 2;
    if (__builtin_add_overflow(count, in_bucket, &count)) in.stop();
    buckets.push_back({index, in_bucket});
  }

  if (min > max || (count == 0 && (sum != 0 || max != 0))) in.stop();

  Tally tally;
  std::uint64_t with_outcome = 0;
  for (std::uint64_t left = in.varint(); left > 0 && in.ok(); --left) {
    const std::uint64_t outcome = in.varint();
    const std::uint64_t times = in.varint();
    if (outcome >= outcomes || __builtin_add_overflow(with_outcome, times, &with_outcome)) {
      in.stop();
      break;
    }
    tally.outcomes.add(static_cast<std::uint32_t>(outcome), times);
  }
  tally.bytes_received = in.varint();
  tally.bytes_sent = in.varint();
  if ((head & kReported) != 0) tally.reported = read_reported(in);
  if (in.ok()) {
    tally.response_time = Histogram::restore(scale, buckets, zero_count, sum, static_cast<std::int64_t>(min),
                                             static_cast<std::int64_t>(max));
  }
  return tally;
}

void write_slot(Writer& out, bool first, std::int64_t before, std::int64_t slot) {
  out.varint(first ? zigzag(slot) : static_cast<std::uint64_t>(slot - before));
}

std::int64_t read_slot(Reader& in, bool first, std::int64_t before) {
  if (first) {
    const std::int64_t slot = unzigzag(in.varint());
    return slot >= -kMaxSlot && slot <= kMaxSlot ? slot : in.stop();
  }
  const std::uint64_t delta = in.varint_up_to(static_cast<std::uint64_t>(kMaxSlot - before));
  return delta > 0 ? before + static_cast<std::int64_t>(delta) : in.stop();
}

}  // namespace

std::string encode_tally(const Tally& tally) {
  Writer out(Kind::tally);
  write_tally(out, tally);
  return std::move(out).seal();
}

Result<Tally> decode_tally(std::string_view bytes, std::size_t outcomes) {
  Reader in = TRY(open(bytes, Kind::tally));
  std::vector<Histogram::Bucket> buckets;
  Tally tally = read_tally(in, outcomes, buckets);
  if (!in.ok() || !in.done()) return std::unexpected(corrupt("a total makes no sense"));
  return tally;
}

struct TimelineBlockWriter::Impl {
  Writer out{Kind::timeline};
  bool first = true;
  std::int64_t before = 0;
};

TimelineBlockWriter::TimelineBlockWriter() : impl_(std::make_unique<Impl>()) {}
TimelineBlockWriter::~TimelineBlockWriter() = default;
std::size_t TimelineBlockWriter::size() const { return impl_->out.size(); }

void TimelineBlockWriter::add(std::int64_t slot, const Tally& tally) {
  write_slot(impl_->out, impl_->first, impl_->before, slot);
  impl_->first = false;
  impl_->before = slot;
  write_tally(impl_->out, tally);
}

std::string TimelineBlockWriter::seal() && { return std::move(impl_->out).seal(); }

struct TimelineBlockReader::Impl {
  std::string bytes;
  std::size_t outcomes;
  SlotRange slots;
  PackReader in;
  bool first = true;
  std::int64_t slot = 0;
  Tally tally = {};
  std::vector<Histogram::Bucket> buckets = {};
};

TimelineBlockReader::TimelineBlockReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TimelineBlockReader::~TimelineBlockReader() = default;

Result<std::unique_ptr<TimelineBlockReader>> TimelineBlockReader::open(std::string bytes, std::size_t outcomes,
                                                                       SlotRange slots) {
  // The reader looks at the bytes, so these come to their place first.
  auto impl = std::make_unique<Impl>(Impl{std::move(bytes), outcomes, slots, PackReader({})});
  impl->in = TRY(omniwriter::open(impl->bytes, Kind::timeline));
  return std::unique_ptr<TimelineBlockReader>(new TimelineBlockReader(std::move(impl)));
}

bool TimelineBlockReader::next() {
  Impl& impl = *impl_;
  if (impl.in.done()) return false;
  impl.slot = read_slot(impl.in, impl.first, impl.slot);
  impl.first = false;
  impl.tally = read_tally(impl.in, impl.outcomes, impl.buckets);
  const bool within = impl.slot >= impl.slots.first && impl.slot < impl.slots.end;
  if (!impl.in.ok() || !within) throw std::runtime_error(corrupt("a time slot makes no sense").message);
  return true;
}

std::int64_t TimelineBlockReader::slot() const { return impl_->slot; }
const Tally& TimelineBlockReader::tally() const { return impl_->tally; }

Result<std::pair<std::int64_t, std::int64_t>> check_timeline_block(const std::string& bytes, std::size_t outcomes) {
  const auto reader = TRY(TimelineBlockReader::open(bytes, outcomes));
  try {
    if (!reader->next()) return std::unexpected(corrupt("a block is empty"));
    const std::int64_t first = reader->slot();
    while (reader->next()) {
    }
    return std::pair(first, reader->slot());
  } catch (const std::runtime_error& error) {
    return fail(ErrorCode::io, error.what());
  }
}

std::uint64_t id_of_timeline_block(std::string_view bytes) {
  return std::uint64_t{bytes.size()} << 32 | stored_checksum(bytes);
}

bool is_timeline_block(std::string_view bytes, std::uint64_t id) {
  return bytes.size() > kChecksumBytes && id_of_timeline_block(bytes) == id &&
         stored_checksum(bytes) == checksum(bytes.substr(0, bytes.size() - kChecksumBytes));
}

std::string encode_active_users(const std::map<std::int64_t, std::uint32_t>& users_by_slot) {
  Writer out(Kind::active_users);
  bool first = true;
  std::int64_t slot_before = 0;
  std::int64_t users_before = 0;
  for (const auto& [slot, users] : users_by_slot) {
    write_slot(out, first, slot_before, slot);
    out.varint(zigzag(std::int64_t{users} - users_before));
    slot_before = slot;
    users_before = users;
    first = false;
  }
  return std::move(out).seal();
}

Result<std::map<std::int64_t, std::uint32_t>> decode_active_users(std::string_view bytes) {
  Reader in = TRY(open(bytes, Kind::active_users));
  std::map<std::int64_t, std::uint32_t> users_by_slot;
  std::int64_t slot = 0;
  std::int64_t users = 0;
  for (bool first = true; !in.done(); first = false) {
    slot = read_slot(in, first, slot);
    constexpr std::int64_t kMaxUsers = std::numeric_limits<std::uint32_t>::max();
    users += unzigzag(in.varint_up_to(zigzag(kMaxUsers)));
    if (!in.ok() || users < 0 || users > kMaxUsers) return std::unexpected(corrupt("active users make no sense"));
    users_by_slot.emplace_hint(users_by_slot.end(), slot, static_cast<std::uint32_t>(users));
  }
  return users_by_slot;
}

std::string encode_vitals(const std::map<std::int64_t, Vitals>& vitals_by_slot) {
  Writer out(Kind::vitals);
  std::int64_t slot_before = 0;
  bool first = true;
  for (const auto& [slot, vitals] : vitals_by_slot) {
    write_slot(out, first, slot_before, slot);
    slot_before = slot;
    first = false;
    out.byte(static_cast<std::uint8_t>((vitals.active_users ? kActiveUsers : 0) |
                                       (vitals.throughput_rps ? kThroughput : 0) | (vitals.cpu_percent ? kCpu : 0) |
                                       (vitals.memory_mb ? kMemory : 0)));
    for (const auto& value : {vitals.active_users, vitals.throughput_rps, vitals.cpu_percent, vitals.memory_mb}) {
      if (value) out.number(*value);
    }
  }
  return std::move(out).seal();
}

Result<std::map<std::int64_t, Vitals>> decode_vitals(std::string_view bytes) {
  Reader in = TRY(open(bytes, Kind::vitals));
  std::map<std::int64_t, Vitals> vitals_by_slot;
  std::int64_t slot = 0;
  for (bool first = true; !in.done(); first = false) {
    slot = read_slot(in, first, slot);
    const std::uint8_t known = in.byte();
    Vitals vitals;
    if ((known & kActiveUsers) != 0) vitals.active_users = in.number();
    if ((known & kThroughput) != 0) vitals.throughput_rps = in.number();
    if ((known & kCpu) != 0) vitals.cpu_percent = in.number();
    if ((known & kMemory) != 0) vitals.memory_mb = in.number();
    if (!in.ok()) return std::unexpected(corrupt("vitals make no sense"));
    vitals_by_slot.emplace_hint(vitals_by_slot.end(), slot, vitals);
  }
  return vitals_by_slot;
}

std::string encode_observed(const ObservedSeries& series) {
  Writer out(Kind::observed);
  out.text(series.query);
  out.varint(series.labels.size());
  for (const auto& [name, value] : series.labels) {
    out.text(name);
    out.text(value);
  }
  std::int64_t before = 0;
  bool first = true;
  for (const auto& [seconds, value] : series.values) {
    write_slot(out, first, before, seconds);
    before = seconds;
    first = false;
    out.number(value);
  }
  return std::move(out).seal();
}

Result<ObservedSeries> decode_observed(std::string_view bytes) {
  Reader in = TRY(open(bytes, Kind::observed));
  ObservedSeries series;
  series.query = in.text();
  for (std::uint64_t left = in.varint(); left > 0 && in.ok(); --left) {
    std::string name(in.text());
    series.labels.insert_or_assign(std::move(name), std::string(in.text()));
  }
  std::int64_t seconds = 0;
  for (bool first = true; !in.done(); first = false) {
    seconds = read_slot(in, first, seconds);
    series.values.insert_or_assign(series.values.end(), seconds, in.any_number());
  }
  if (!in.ok()) return std::unexpected(corrupt("observed values make no sense"));
  return series;
}

namespace {

constexpr unsigned kHasSamples = 1;
constexpr unsigned kClosedLoop = 2;

void write_endpoint_digest(Writer& out, const EndpointDigest& digest) {
  out.text(digest.endpoint);
  auto reported = digest.reported;  // of the first batch, which then has all
  for (const BatchDigest& batch : digest.batches) {
    write_tally(out,
                {.response_time = batch.response_time, .outcomes = {}, .reported = std::exchange(reported, nullptr)});
    out.varint(batch.errors);
  }
}

EndpointDigest read_endpoint_digest(Reader& in, std::vector<Histogram::Bucket>& buckets) {
  EndpointDigest digest;
  digest.endpoint = in.text();
  for (BatchDigest& batch : digest.batches) {
    Tally tally = read_tally(in, 0, buckets);
    batch.response_time = std::move(tally.response_time);
    if (tally.reported) digest.reported = std::move(tally.reported);
    batch.errors = in.varint();
  }
  return digest;
}

}  // namespace

std::string encode_digest(const RunDigest& digest) {
  Writer out(Kind::digest);
  out.byte(static_cast<std::uint8_t>((digest.has_samples ? kHasSamples : 0) | (digest.closed_loop ? kClosedLoop : 0)));
  write_endpoint_digest(out, digest.all);
  for (const EndpointDigest& endpoint : digest.endpoints) write_endpoint_digest(out, endpoint);
  return std::move(out).seal();
}

Result<void> decode_digest(std::string_view bytes, RunDigest& digest) {
  Reader in = TRY(open(bytes, Kind::digest));
  std::vector<Histogram::Bucket> buckets;
  const unsigned known = in.byte();
  digest.has_samples = (known & kHasSamples) != 0;
  digest.closed_loop = (known & kClosedLoop) != 0;
  digest.all = read_endpoint_digest(in, buckets);
  digest.endpoints.clear();
  while (!in.done()) digest.endpoints.push_back(read_endpoint_digest(in, buckets));
  if (!in.ok()) return std::unexpected(corrupt("its digest makes no sense"));
  return {};
}

}  // namespace omniwriter
