#include "spool/spool.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/try.h"

namespace omniwriter {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kDeadLetters = "dead_letters.ndjson";
constexpr std::string_view kQueue = "queue";
constexpr std::string_view kLock = "lock";
constexpr std::uint64_t kSegmentBytes = std::uint64_t{64} << 20;

}  // namespace

Result<std::unique_ptr<DiskFile>> SpoolPlace::open_dead_letters() {
  auto file = disk_->open(folder_ / kDeadLetters);
  if (!file) return file;
  TRY(disk_->sync_folder(folder_));
  return file;
}

Result<void> SpoolPlace::clear() {
  TRY(queue_->clear());
  return disk_->remove(folder_ / kDeadLetters);
}

Result<void> SpoolPlace::close(bool has_dead_letters) {
  return has_dead_letters ? queue_->clear() : disk_->remove(folder_);
}

fs::path Spool::folder_of(std::string_view run_id, std::string_view output) const {
  return folder_ / fmt::format("{}@{}", run_id, output);  // no name of a run holds an @
}

fs::path Spool::dead_letters_file(std::string_view run_id, std::string_view output) const {
  return folder_of(run_id, output) / kDeadLetters;
}

Result<SpoolPlace> Spool::open(std::string_view run_id, std::string_view output) {
  fs::path folder = folder_of(run_id, output);
  TRY(disk_.make_folders(folder));
  auto lock = TRY(disk_.lock(folder / kLock));
  if (!lock) {
    return fail(ErrorCode::busy, fmt::format("another process is delivering {} to {}", run_id, output), true);
  }
  return place_at(std::move(folder), std::move(lock));
}

Result<SpoolPlace> Spool::open_nameless() {
  // No name of a run holds an @. One that was left behind by a process that is gone is taken, and emptied.
  for (int number = 0;; ++number) {
    fs::path folder = folder_ / fmt::format("@{}", number);
    TRY(disk_.make_folders(folder));
    auto lock = TRY(disk_.lock(folder / kLock));
    if (!lock) continue;
    auto place = place_at(std::move(folder), std::move(lock));
    if (!place) return place;
    TRY(place->clear());
    return place;
  }
}

Result<SpoolPlace> Spool::name(SpoolPlace nameless, std::string_view run_id, std::string_view output) {
  fs::path folder = folder_of(run_id, output);
  if (has(run_id, output)) {
    auto old = TRY(open(run_id, output));
    TRY(old.close(false));
  }
  TRY(disk_.rename(nameless.folder_, folder));
  TRY(disk_.sync_folder(folder_));
  return place_at(std::move(folder), std::move(nameless.lock_));
}

bool Spool::has(std::string_view run_id, std::string_view output) const {
  const auto names = disk_.list(folder_);
  return names && std::ranges::find(*names, folder_of(run_id, output).filename().string()) != names->end();
}

Result<SpoolPlace> Spool::place_at(fs::path folder, std::unique_ptr<DiskLock> lock) {
  auto queue = TRY(SpoolQueue::open(disk_, folder / kQueue,
                                    {.segment_bytes = std::min(kSegmentBytes, max_bytes_ / 4), .salt = salt_}));
  return SpoolPlace(disk_, std::move(folder), std::move(lock), std::move(queue));
}

Result<void> Spool::remove(std::string_view run_id) {
  const auto names = TRY(disk_.list(folder_));
  for (const std::string& name : names) {
    if (!name.starts_with(fmt::format("{}@", run_id))) continue;
    const auto lock = TRY(disk_.lock(folder_ / name / kLock));
    if (!lock) return fail(ErrorCode::busy, fmt::format("another process is delivering {}", run_id), true);
    TRY(disk_.remove(folder_ / name));
  }
  return {};
}

std::uint64_t Spool::room() const {
  std::uint64_t used = 0;
  const auto places = disk_.list(folder_);
  if (!places) return 0;
  for (const std::string& place : *places) {
    const auto files = disk_.list(folder_ / place / kQueue);
    if (!files) continue;
    for (const std::string& name : *files) {
      const auto file = disk_.open(folder_ / place / kQueue / name);
      used += file ? (*file)->size().value_or(0) : 0;
    }
  }
  return used >= max_bytes_ ? 0 : max_bytes_ - used;
}

}  // namespace omniwriter
