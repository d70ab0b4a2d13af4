#include "store/timeline_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <utility>

#include "formats/run_codec/run_codec.h"

namespace omniwriter {
namespace {

// These were ours a moment ago: they refer to no outcome that is not there.
constexpr std::size_t kAnyOutcome = std::numeric_limits<std::uint32_t>::max();

class BlockOfBytes final : public EncodedBlock {
 public:
  BlockOfBytes(std::string bytes, SlotRange slots, std::size_t outcomes)
      : EncodedBlock(id_of_timeline_block(bytes), slots, outcomes), bytes_(std::move(bytes)) {}
  [[nodiscard]] std::string bytes() const override { return bytes_; }

 private:
  std::string bytes_;
};

}  // namespace

std::unique_ptr<TimelineBlock::Reader> EncodedBlock::read() const {
  auto reader = TimelineBlockReader::open(bytes(), outcomes_, {first(), last() + 1});
  if (!reader) throw std::runtime_error(reader.error().message);
  return *std::move(reader);
}

class TimelineFile::File {
 public:
  /// Null where there can be none.
  static std::shared_ptr<File> make(const std::filesystem::path& folder) {
    const std::string place = folder.empty() ? std::string(".") : folder.string();
    int descriptor = ::open(place.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (descriptor < 0) {  // not every file system has files without a name
      std::string name = place + "/.omniwriter-timeline-XXXXXX";
      descriptor = ::mkostemp(name.data(), O_CLOEXEC);
      if (descriptor >= 0) ::unlink(name.c_str());
    }
    return descriptor < 0 ? nullptr : std::make_shared<File>(descriptor);
  }
  explicit File(int descriptor) : descriptor_(descriptor) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { ::close(descriptor_); }

  bool append(const std::string& bytes) {
    for (std::size_t done = 0; done < bytes.size();) {
      const ssize_t written =
          ::pwrite(descriptor_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(end_ + done));
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return false;
      done += static_cast<std::size_t>(written);
    }
    end_ += bytes.size();
    return true;
  }
  [[nodiscard]] std::uint64_t end() const { return end_; }

  [[nodiscard]] std::string read(std::uint64_t offset, std::size_t size) const {
    std::string bytes(size, '\0');
    for (std::size_t done = 0; done < size;) {
      const ssize_t got = ::pread(descriptor_, bytes.data() + done, size - done, static_cast<off_t>(offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) throw std::runtime_error("a part of the timeline cannot be read back from the disk");
      done += static_cast<std::size_t>(got);
    }
    return bytes;
  }

  class Block final : public EncodedBlock {
   public:
    Block(std::shared_ptr<const File> file, std::uint64_t offset, const std::string& bytes, SlotRange slots,
          std::size_t outcomes)
        : EncodedBlock(id_of_timeline_block(bytes), slots, outcomes),
          file_(std::move(file)),
          offset_(offset),
          size_(bytes.size()) {}
    [[nodiscard]] std::string bytes() const override { return file_->read(offset_, size_); }

   private:
    std::shared_ptr<const File> file_;
    std::uint64_t offset_;
    std::size_t size_;
  };

 private:
  int descriptor_;
  std::uint64_t end_ = 0;
};

TimelineFile::TimelineFile(std::filesystem::path folder, std::size_t memory_bytes)
    : folder_(std::move(folder)), memory_bytes_(memory_bytes) {}
TimelineFile::~TimelineFile() = default;

std::uint64_t TimelineFile::bytes() const { return bytes_; }

std::unique_ptr<TimelineKeeper> TimelineFile::make_another() const {
  return std::make_unique<TimelineFile>(folder_, memory_bytes_);
}

std::shared_ptr<const TimelineBlock> TimelineFile::keep(const std::map<std::int64_t, Tally>& slots) {
  TimelineBlockWriter out;
  for (const auto& [slot, tally] : slots) out.add(slot, tally);
  return put(std::move(out).seal(), {slots.begin()->first, slots.rbegin()->first + 1}, kAnyOutcome);
}

std::shared_ptr<const TimelineBlock> TimelineFile::keep_encoded(std::string bytes, SlotRange slots,
                                                                std::size_t outcomes) {
  auto block = put(bytes, slots, outcomes);
  return block ? block : std::make_shared<BlockOfBytes>(std::move(bytes), slots, outcomes);
}

// Null where the disk takes nothing.
std::shared_ptr<const TimelineBlock> TimelineFile::put(const std::string& bytes, SlotRange slots,
                                                       std::size_t outcomes) {
  if (!file_ && bytes_ + bytes.size() <= memory_bytes_) {
    bytes_ += bytes.size();
    return std::make_shared<BlockOfBytes>(bytes, slots, outcomes);
  }
  if (!file_) file_ = File::make(folder_);
  if (!file_) return nullptr;
  const std::uint64_t offset = file_->end();
  if (!file_->append(bytes)) return nullptr;
  bytes_ += bytes.size();
  return std::make_shared<File::Block>(file_, offset, bytes, slots, outcomes);
}

}  // namespace omniwriter
