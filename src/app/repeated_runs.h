#pragma once
/// One test, run several times and judged as a whole: a single run tells nothing of how much equal runs differ.

#include <functional>

#include "app/command.h"
#include "app/ingest_session.h"

namespace omniwriter {

/// How one of them ended.
struct Attempt {
  int code = 0;          ///< what `run` would end with
  bool stopped = false;  ///< by a signal, or by a criterion: there is no next one
};
using RunOnce = std::function<Result<Attempt>(Program& program, const IngestOptions& options)>;

struct RepeatPlan {
  unsigned times = 1;        ///< at most
  bool until_clear = false;  ///< no more than it takes until the verdict is not "inconclusive"
};

/// Runs it so often, each a run of its own with the tag `repeat`; then holds all against the baseline together, and
/// says how they stand. Gives the exit code. Where it is to be clear, runs whose numbers cannot be believed do not
/// count, unless there is no other; all others do, so that nobody picks the best.
[[nodiscard]] Result<int> repeat(Program& program, const IngestOptions& options, RepeatPlan plan, const RunOnce& once);

}  // namespace omniwriter
