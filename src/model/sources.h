#pragma once
/// Which load generators the samples of a run come from.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "omniwriter/run.h"
#include "omniwriter/sample.h"

namespace omniwriter {

/// Tells them apart while samples come. A source is what a file names; where it names none, the file.
class SourceCounts {
 public:
  /// What is added from now on is of this file.
  void begin_file(std::string_view name);
  /// Where the file does not name the generator, or names one alone, all samples are that one's.
  void add(const ActiveUsers& point, const SampleBatch& batch);
  void add_requests(std::uint64_t samples, std::int64_t started_ns, std::int64_t ended_ns);
  /// Of another run.
  void add(const Source& source);
  /// By name. Beyond a thousand, the others are one, of the name "__other__".
  [[nodiscard]] std::vector<Source> list() const;

 private:
  struct File {
    Source whole;
    std::map<std::uint64_t, Source> generators;  // by hash
  };

  std::vector<File> files_;
  std::map<std::string, std::size_t, std::less<>> by_name_;
  std::size_t current_ = 0;  // of files_; nothing has begun where there are none
  std::size_t generators_ = 0;
  std::vector<Source> others_;  // of other runs
};

/// A source that was at work for a part of the run only, though no other one took over.
struct UnevenSource {
  const Source* source;
  std::int64_t late_ns;   ///< how long after the run it began; 0: not notably
  std::int64_t early_ns;  ///< how long before the run it ended; 0: not notably
};
/// Those that began a tenth of the run, and ten seconds at least, after it, or ended so long before it.
[[nodiscard]] std::vector<UnevenSource> uneven_sources(const Run& run);

}  // namespace omniwriter
