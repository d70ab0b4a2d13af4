#pragma once
/// An output that is one file.

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "delivery/output.h"

namespace omniwriter {

/// Writes what `write` makes of the run into a file, whole or not at all (base/atomic_file.h): one item, or for a long
/// one an item for each piece of a megabyte; what goes into a pipe is one item. Replaying writes the same bytes. A file
/// that cannot be written is for a person to mend, so it is not tried again.
class FileOutput final : public Output {
 public:
  /// Hands over the text in any number of parts.
  using Put = std::function<void(std::string_view part)>;
  using Write = std::function<void(const Run& run, const Put& put)>;
  using WriteLive = std::function<std::string(const Run& so_far, const LiveNews& news)>;
  /// `write_live`: where the file of a run that goes on is another than it would be if the run were over. Without it, a
  /// run of more than some 100,000 time slots of endpoints is written in the end only.
  FileOutput(std::string_view name, std::filesystem::path path, Write write, WriteLive write_live = {});

  [[nodiscard]] std::string_view name() const override { return name_; }
  [[nodiscard]] BatchLimits limits() const override { return {.max_bytes = std::size_t{2} << 20}; }
  void encode(const Run& run, const std::function<void(OutputItem)>& emit) const override;
  void encode_live(const Run& so_far, const LiveNews& news, const std::function<void(OutputItem)>& emit) const override;
  [[nodiscard]] SendReport send(std::span<const OutputItem> batch, std::chrono::milliseconds timeout) override;
  /// Deletes the file, whatever run it holds; that there is none is no failure. Pipes and devices stay.
  [[nodiscard]] Result<void> remove(const Run& run) override;

 private:
  std::string_view name_;
  std::filesystem::path path_;
  bool in_pieces_;
  Write write_;
  WriteLive write_live_;
};

}  // namespace omniwriter
