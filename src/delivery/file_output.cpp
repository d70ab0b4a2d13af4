#include "delivery/file_output.h"

#include <algorithm>
#include <system_error>

#include "base/atomic_file.h"

namespace omniwriter {

FileOutput::FileOutput(std::string_view name, std::filesystem::path path, Write write, WriteLive write_live)
    : name_(name), path_(std::move(path)), write_(std::move(write)), write_live_(std::move(write_live)) {}

void FileOutput::encode(const Run& run, const std::function<void(OutputItem)>& emit) const {
  emit({write_(run), run.samples_of(SampleKind::request)});
}

void FileOutput::encode_live(const Run& so_far, const LiveNews& news,
                             const std::function<void(OutputItem)>& emit) const {
  // To write a long timeline again and again would take all of the machine.
  constexpr std::int64_t kMostCells = 100'000;
  const auto [first, end] = so_far.slots();
  const auto endpoints = static_cast<std::int64_t>(so_far.series.size());
  if (!write_live_ && first < end && end - first > kMostCells / std::max<std::int64_t>(endpoints, 1)) return;
  emit({write_live_ ? write_live_(so_far, news) : write_(so_far), so_far.samples_of(SampleKind::request)});
}

SendReport FileOutput::send(std::span<const OutputItem> batch, std::chrono::milliseconds /*timeout*/) {
  for (const OutputItem& item : batch) {
    if (const auto written = write_file_atomically(path_, item.bytes); !written) {
      return all_retryable(batch.size(), written.error().message, Retry::blocked);
    }
  }
  return {};
}

Result<void> FileOutput::remove(const Run& /*run*/) {
  std::error_code error;
  const bool is_file = std::filesystem::is_regular_file(path_, error);  // what was written to a device is gone
  if (is_file) std::filesystem::remove(std::filesystem::canonical(path_, error), error);
  if (is_file && error) return fail(ErrorCode::io, "cannot remove " + path_.string() + ": " + error.message());
  return {};
}

}  // namespace omniwriter
