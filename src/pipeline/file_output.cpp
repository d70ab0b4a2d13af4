#include "pipeline/file_output.h"

#include <system_error>

#include "base/atomic_file.h"

namespace omniwriter {

FileOutput::FileOutput(std::string_view name, std::filesystem::path path, Write write)
    : name_(name), path_(std::move(path)), write_(std::move(write)) {}

void FileOutput::encode(const Run& run, const std::function<void(OutputItem)>& emit) const {
  emit({write_(run), run.samples_of(SampleKind::request)});
}

void FileOutput::encode_live(const Run& so_far, SlotRange /*fresh*/,
                             const std::function<void(OutputItem)>& emit) const {
  encode(so_far, emit);
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
  std::filesystem::remove(path_, error);
  if (error) return fail(ErrorCode::io, "cannot remove " + path_.string() + ": " + error.message());
  return {};
}

}  // namespace omniwriter
