#pragma once
/// The start of a run whose file has no dates.

#include <cstdint>
#include <optional>
#include <string>

#include "base/rfc3339.h"
#include "reading/input.h"

namespace omniwriter {

/// Start of a run whose file has only offsets: --start-time; else the file's mtime (now where that is not known) minus
/// the last offset, as far as that is known.
struct RunStart {
  std::int64_t ns = 0;
  std::string note;  ///< for the user, where it is a guess

  RunStart() = default;
  RunStart(const InputOptions& options, std::optional<std::int64_t> duration_ns) {
    if (options.start_ns) {
      ns = *options.start_ns;
      return;
    }
    const std::int64_t written_ns = options.written_ns.value_or(options.now_ns);
    ns = written_ns - duration_ns.value_or(0);
    note = std::string("it has no dates, so the run is taken to have ") + (duration_ns ? "ended " : "begun ") +
           (options.written_ns ? "when the file was last written, " : "now, ") + format_rfc3339(written_ns) +
           "; --start-time tells when it began";
  }
};

}  // namespace omniwriter
