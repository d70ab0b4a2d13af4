// The queue on the disk: any bytes as its files, and a good queue that is spoiled. What is read must be what was
// written.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "fuzzers.h"
#include "spool/queue.h"
#include "support/faulty_disk.h"

namespace omniwriter::fuzz {
namespace {

constexpr std::uint64_t kRecords = 8;

void require(bool condition) {
  if (!condition) std::abort();
}

SpoolRecord record_of(std::uint64_t number) {
  return {std::string(number * 11 % 29, static_cast<char>('a' + number)), number, 0};
}

SpoolQueue::Options options() { return {.segment_bytes = 150, .salt = 5}; }

// Reads to the end; gives how many records there were.
std::uint64_t read_all(testing::FaultyDisk& disk, bool known) {
  const auto queue = SpoolQueue::open(disk, "/queue", options());
  require(queue.has_value());
  auto reading = (*queue)->read();
  std::uint64_t behind = (*queue)->acknowledged();
  std::uint64_t count = 0;
  while (true) {
    const auto next = reading.next();
    require(next.has_value());
    if (!*next) break;
    if (const auto* lost = std::get_if<SpoolQueue::Lost>(&**next)) {
      require(lost->first == behind && lost->end > lost->first);
      behind = lost->end;
      continue;
    }
    const auto& [number, record] = std::get<SpoolQueue::Read>(**next);
    require(number == behind++);
    if (known) require(record.bytes == record_of(number).bytes && record.weight == record_of(number).weight);
    ++count;
  }
  require(behind == (*queue)->next_number());
  return count;
}

void any_bytes(std::string_view data) {
  testing::FaultyDisk disk;
  for (const char* name : {"/queue/0000000000000000-00000005.segment", "/queue/cursor"}) {
    static_cast<void>(disk.open(name));
    disk.content(name) = data;
  }
  read_all(disk, false);
}

void spoiled(std::string_view data) {
  testing::FaultyDisk disk;
  {
    const auto queue = *SpoolQueue::open(disk, "/queue", options());
    for (std::uint64_t i = 0; i < kRecords; ++i) {
      queue->append(record_of(i));
      require(queue->commit().has_value());
    }
  }
  const auto files = disk.files();
  for (; data.size() >= 4; data.remove_prefix(4)) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(data[i]); };
    std::string& content = disk.content(files[byte(0) % files.size()]);
    const std::size_t at = byte(1) % (content.size() + 1);
    if (byte(2) < 200) {
      if (at < content.size()) content[at] ^= static_cast<char>(byte(3));
    } else if (byte(2) < 225) {
      content.resize(at);
    } else {
      content.insert(at, byte(3) % 40, 'o');
    }
  }
  require(read_all(disk, true) <= kRecords);
}

}  // namespace

void spool(std::string_view bytes) {
  any_bytes(bytes);
  spoiled(bytes);
}

}  // namespace omniwriter::fuzz
