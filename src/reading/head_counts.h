#pragma once
/// What the first bytes of a file hold, for formats that read a file differently for what is in it.

#include <cstdint>
#include <string>
#include <string_view>

#include "reading/input.h"

namespace omniwriter {

struct HeadCounts {
  std::uint64_t requests = 0;
  std::uint64_t transactions = 0;
};

/// Parses the whole records of `head`, the first bytes of a file as `session` reads it.
[[nodiscard]] inline HeadCounts count_head(const InputSession& session, std::string_view head) {
  std::string bytes(head.substr(session.header_bytes()));
  const std::size_t size = bytes.size();
  bytes.append(RecordParser::kPadding, '\0');
  SampleBatch batch;
  session.make_parser()->parse(std::string_view(bytes).substr(0, size), false, batch);
  if (const auto stage = session.make_ordered_stage()) {
    stage->apply(batch);
    stage->finish(batch);
  }
  HeadCounts counts;
  for (const Sample& sample : batch.samples) {
    counts.requests += sample.kind == SampleKind::request ? 1 : 0;
    counts.transactions += sample.kind == SampleKind::transaction ? 1 : 0;
  }
  return counts;
}

}  // namespace omniwriter
