#include "spool/queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <limits>
#include <utility>

#include "base/try.h"

namespace omniwriter {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSegmentEnding = ".segment";
constexpr std::string_view kCursorName = "cursor";
constexpr std::size_t kReadBytes = std::size_t{1} << 20;

// The cursor has two slots. Only the one that is not known to be on the disk is written, so that where it is torn the
// other holds what was before.
constexpr std::uint64_t kSlotBytes = 16'384;
constexpr std::size_t kSlotHead = 20;  // generation, record number, length of the state

std::optional<std::uint64_t> hex(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

struct Slot {
  std::uint64_t generation = 0;
  std::uint64_t number = 0;
  std::string state;
};

std::string encode_slot(const Slot& slot) {
  std::string out(kSlotHead, '\0');
  const auto length = static_cast<std::uint32_t>(slot.state.size());
  std::memcpy(out.data(), &slot.generation, 8);
  std::memcpy(out.data() + 8, &slot.number, 8);
  std::memcpy(out.data() + 16, &length, 4);
  out += slot.state;
  const std::uint32_t sum = checksum(out, 0);
  out.append(reinterpret_cast<const char*>(&sum), 4);
  return out;
}

std::optional<Slot> decode_slot(std::string_view bytes) {
  if (bytes.size() < kSlotHead) return std::nullopt;
  Slot slot;
  std::uint32_t length = 0;
  std::memcpy(&slot.generation, bytes.data(), 8);
  std::memcpy(&slot.number, bytes.data() + 8, 8);
  std::memcpy(&length, bytes.data() + 16, 4);
  if (length > SpoolQueue::kMaxState || bytes.size() < kSlotHead + length + 4) return std::nullopt;
  std::uint32_t sum = 0;
  std::memcpy(&sum, bytes.data() + kSlotHead + length, 4);
  if (sum != checksum(bytes.substr(0, kSlotHead + length), 0)) return std::nullopt;
  slot.state = bytes.substr(kSlotHead, length);
  return slot;
}

}  // namespace

std::string SpoolQueue::Segment::name() const { return fmt::format("{:016x}-{:08x}{}", first, salt, kSegmentEnding); }

/// Reads one segment from its front, past whatever is damaged.
class SpoolQueue::SegmentReader {
 public:
  SegmentReader(std::unique_ptr<DiskFile> file, std::uint64_t first, std::uint32_t salt)
      : file_(std::move(file)), first_(first), salt_(salt) {}

  [[nodiscard]] std::uint64_t first() const { return first_; }
  /// Behind the record that was found last.
  [[nodiscard]] std::uint64_t offset() const { return offset_; }

  /// The next header of a record below `end`, with the numbers [least, limit); nothing where there is none. take() or
  /// skip() comes next.
  [[nodiscard]] Result<std::optional<RecordHeader>> find(std::uint64_t end, std::uint64_t least, std::uint64_t limit) {
    while (offset_ + RecordHeader::kBytes <= end) {
      const auto bytes = TRY(view(RecordHeader::kBytes, end));
      const auto header = read_header(bytes, salt_);
      const bool whole = header && offset_ + RecordHeader::kBytes + header->length <= end;
      if (whole && header->number >= least && header->number < limit) return header;
      if (whole && header->number < least) {
        skip(*header);
        continue;
      }
      TRY(to_next_marker(end));
    }
    return std::optional<RecordHeader>();
  }

  void skip(const RecordHeader& header) { offset_ += RecordHeader::kBytes + header.length; }

  /// The payload of the header found; nothing where it is damaged.
  [[nodiscard]] Result<std::optional<std::string>> take(const RecordHeader& header, std::uint64_t end) {
    const auto bytes = TRY(view(RecordHeader::kBytes + header.length, end));
    std::optional<std::string> payload;
    if (bytes.size() == RecordHeader::kBytes + header.length) payload = bytes.substr(RecordHeader::kBytes);
    if (payload && checksum(*payload, salt_) != header.payload_checksum) payload.reset();
    skip(header);
    return payload;
  }

 private:
  // `count` bytes from offset_ on, and not past `end`; fewer where the file is shorter.
  [[nodiscard]] Result<std::string_view> view(std::size_t count, std::uint64_t end) {
    if (offset_ < buffer_offset_ || offset_ + count > buffer_offset_ + buffer_.size()) {
      buffer_.resize(std::min<std::uint64_t>(std::max(count, kReadBytes), end - offset_));
      buffer_offset_ = offset_;
      const auto got = file_->read(offset_, buffer_);
      if (!got) {
        buffer_.clear();
        return std::unexpected(got.error());
      }
      buffer_.resize(*got);
    }
    return std::string_view(buffer_).substr(offset_ - buffer_offset_, count);
  }

  [[nodiscard]] Result<void> to_next_marker(std::uint64_t end) {
    ++offset_;
    while (offset_ + RecordHeader::kBytes <= end) {
      const std::size_t count = std::min<std::uint64_t>(kReadBytes, end - offset_);
      const auto bytes = TRY(view(count, end));
      const std::size_t at = find_marker(bytes, 0);
      if (at != std::string_view::npos) {
        offset_ += at;
        return {};
      }
      if (bytes.size() < count) break;                           // the file is shorter than it was
      offset_ += count - std::min<std::uint64_t>(3, count - 1);  // a marker may lie across
    }
    offset_ = end;
    return {};
  }

  std::unique_ptr<DiskFile> file_;
  std::uint64_t first_;
  std::uint32_t salt_;
  std::uint64_t offset_ = 0;
  std::string buffer_;
  std::uint64_t buffer_offset_ = 0;
};

SpoolQueue::SpoolQueue(Disk& disk, fs::path folder, Options options)
    : disk_(disk), folder_(std::move(folder)), options_(options) {}
SpoolQueue::~SpoolQueue() = default;

Result<std::unique_ptr<SpoolQueue>> SpoolQueue::open(Disk& disk, fs::path folder, Options options) {
  std::unique_ptr<SpoolQueue> queue(new SpoolQueue(disk, std::move(folder), options));
  TRY(queue->recover());
  return queue;
}

Result<void> SpoolQueue::recover() {
  const auto names = TRY(disk_.list(folder_));
  for (const std::string& name : names) {
    if (name.size() != 25 + kSegmentEnding.size() || !name.ends_with(kSegmentEnding)) continue;
    const auto first = hex(name.substr(0, 16));
    const auto salt = hex(name.substr(17, 8));
    if (first && salt) segments_.push_back({*first, static_cast<std::uint32_t>(*salt), 0});
  }
  if (std::ranges::find(names, kCursorName) != names.end()) {
    TRY(read_cursor());
  }
  for (Segment& segment : segments_) {
    const auto file = TRY(disk_.open(folder_ / segment.name()));
    segment.bytes = TRY(file->size());
  }
  next_number_ = acknowledged_;
  // Behind the last whole record of the last segment lies what was never committed.
  while (!segments_.empty()) {
    Segment& last = segments_.back();
    auto file = TRY(disk_.open(folder_ / last.name()));
    SegmentReader reader(std::move(file), last.first, last.salt);
    std::uint64_t least = last.first;
    std::uint64_t end = 0;
    while (true) {
      const auto header = TRY(reader.find(last.bytes, least, std::numeric_limits<std::uint64_t>::max()));
      if (!header) break;
      reader.skip(*header);
      least = header->number + 1;
      end = reader.offset();
    }
    if (end > 0) {
      last.bytes = end;
      next_number_ = std::max(next_number_, least);
      break;
    }
    TRY(disk_.remove(folder_ / last.name()));
    next_number_ = std::max(next_number_, last.first);
    segments_.pop_back();
  }
  first_uncommitted_ = next_number_;
  return {};
}

Result<void> SpoolQueue::read_cursor() {
  auto file = TRY(disk_.open(folder_ / kCursorName));
  std::string bytes(2 * kSlotBytes, '\0');
  const auto got = TRY(file->read(0, bytes));
  bytes.resize(got);
  for (const std::uint64_t at : {std::uint64_t{0}, kSlotBytes}) {
    if (at >= bytes.size()) break;
    auto slot = decode_slot(std::string_view(bytes).substr(at, kSlotBytes));
    if (!slot || slot->generation <= cursor_generation_) continue;
    durable_slot_ = at;
    cursor_generation_ = slot->generation;
    acknowledged_ = slot->number;
    state_ = std::move(slot->state);
  }
  TRY(file->sync());
  cursor_ = std::move(file);
  return {};
}

std::uint64_t SpoolQueue::append(const SpoolRecord& record) {
  append_record(uncommitted_, record, next_number_, options_.salt);
  return next_number_++;
}

Result<void> SpoolQueue::begin_segment() {
  if (!segments_.empty() && segments_.back().first == first_uncommitted_) {
    // Nothing of it was ever committed, and its name is needed.
    TRY(disk_.remove(folder_ / segments_.back().name()));
    segments_.pop_back();
  }
  TRY(disk_.make_folders(folder_));
  const Segment segment{first_uncommitted_, options_.salt, 0};
  auto file = TRY(disk_.open(folder_ / segment.name()));
  segments_.push_back(segment);
  writing_ = std::move(file);
  return {};
}

Result<void> SpoolQueue::commit() {
  if (uncommitted_.empty()) return {};
  const bool begins = !writing_ || segments_.back().bytes >= options_.segment_bytes;
  if (begins) {
    writing_.reset();
    TRY(begin_segment());
  }
  Segment& segment = segments_.back();
  auto done = writing_->write(segment.bytes, uncommitted_);
  if (done) done = writing_->sync();
  if (done && begins) done = disk_.sync_folder(folder_);
  if (!done) {
    writing_.reset();
    return done;
  }
  segment.bytes += uncommitted_.size();
  first_uncommitted_ = next_number_;
  uncommitted_.clear();
  return {};
}

std::uint64_t SpoolQueue::bytes() const {
  std::uint64_t sum = 0;
  for (const Segment& segment : segments_) sum += segment.bytes;
  return sum;
}

SpoolQueue::Reading SpoolQueue::read() const { return Reading(*this); }

SpoolQueue::Reading::Reading(const SpoolQueue& queue) : queue_(&queue) {}
SpoolQueue::Reading::~Reading() = default;
SpoolQueue::Reading::Reading(Reading&&) noexcept = default;
SpoolQueue::Reading& SpoolQueue::Reading::operator=(Reading&&) noexcept = default;

Result<std::optional<std::variant<SpoolQueue::Read, SpoolQueue::Lost>>> SpoolQueue::Reading::next() {
  using Found = std::optional<std::variant<Read, Lost>>;
  const auto lost_until = [&](std::uint64_t number) {
    const Lost lost{next_, number};
    next_ = number;
    return Found(lost);
  };
  const auto& segments = queue_->segments_;
  const std::uint64_t end = queue_->first_uncommitted_;
  next_ = std::max(next_, queue_->acknowledged_);
  while (next_ < end) {
    // The segment that holds the record, or the first behind it.
    auto segment = std::ranges::upper_bound(segments, next_, {}, &Segment::first);
    if (segment != segments.begin()) --segment;
    if (segment == segments.end()) return lost_until(end);
    if (segment->first > next_) return lost_until(segment->first);
    const auto behind = std::next(segment);
    const std::uint64_t limit = behind == segments.end() ? end : behind->first;
    if (!segment_ || segment_->first() != segment->first) {
      auto file = TRY(queue_->disk_.open(queue_->folder_ / segment->name()));
      segment_ = std::make_unique<SegmentReader>(std::move(file), segment->first, segment->salt);
    }
    const auto header = TRY(segment_->find(segment->bytes, next_, limit));
    if (!header) return lost_until(limit);
    if (header->number > next_) return lost_until(header->number);
    auto payload = TRY(segment_->take(*header, segment->bytes));
    if (!payload) return lost_until(next_ + 1);
    ++next_;
    return Found(Read{header->number, {*std::move(payload), header->weight, header->flags}});
  }
  return Found();
}

Result<void> SpoolQueue::acknowledge(std::uint64_t number, std::string_view state) {
  acknowledged_ = number;
  state_ = state;
  if (!cursor_) {
    TRY(disk_.make_folders(folder_));
    cursor_ = TRY(disk_.open(folder_ / kCursorName));
  }
  ++cursor_generation_;
  const std::string slot = encode_slot({cursor_generation_, acknowledged_, state_});
  TRY(cursor_->write(kSlotBytes - durable_slot_, slot));
  return drop_acknowledged_segments();
}

Result<void> SpoolQueue::drop_acknowledged_segments() {
  const auto is_over = [&] { return segments_.size() > 1 && segments_[1].first <= acknowledged_; };
  if (!is_over()) return {};
  TRY(cursor_->sync());
  TRY(disk_.sync_folder(folder_));
  durable_slot_ = kSlotBytes - durable_slot_;
  while (is_over()) {
    TRY(disk_.remove(folder_ / segments_.front().name()));
    segments_.pop_front();
  }
  return {};
}

Result<void> SpoolQueue::clear() {
  writing_.reset();
  cursor_.reset();
  TRY(disk_.remove(folder_));
  segments_.clear();
  uncommitted_.clear();
  state_.clear();
  cursor_generation_ = 0;
  first_uncommitted_ = next_number_ = acknowledged_ = 0;
  return {};
}

}  // namespace omniwriter
