#pragma once
/// What a Prometheus knows of the time of a run.

#include <stop_token>

#include "app/command.h"
#include "omniwriter/run.h"

namespace omniwriter {

/// Puts into a run that has ended what `vitals.queries` give for its time, and as its CPU and memory where nothing else
/// measured these. What the server does not know (any more) stays as the run, or the store, has it from before. Tells
/// what is missing; it takes some seconds at most.
void observe(const Program& program, const Config& config, const RunStore& store, Run& run,
             const std::stop_token& stop);

}  // namespace omniwriter
