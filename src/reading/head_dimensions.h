#pragma once
/// What "--by auto" stands for in a file, by its first requests.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/dimension_values.h"
#include "reading/input.h"

namespace omniwriter {

struct ChosenDimensions {
  std::vector<std::string> names;
  std::string note;  ///< for the user, where they were found out
};

/// Those that the options name; where they leave it to the file, those of `known`, in which the format may tell
/// requests apart, that the first requests differ in. `open(names)` opens the file with these dimensions.
template <typename Open>
[[nodiscard]] ChosenDimensions choose_dimensions(const InputOptions& options, std::string_view head,
                                                 const std::vector<std::string>& known, const Open& open) {
  if (!is_any_dimension(options.dimensions)) return {options.dimensions, {}};
  DimensionCandidates candidates;
  for (std::size_t at = 0; at < known.size(); at += kMaxDimensions) {
    const std::size_t count = std::min(kMaxDimensions, known.size() - at);
    const auto first = known.begin() + static_cast<std::ptrdiff_t>(at);
    const std::vector<std::string> names(first, first + static_cast<std::ptrdiff_t>(count));
    const std::unique_ptr<InputSession> session = open(names);
    std::string bytes(head.substr(session->header_bytes()));
    const std::size_t size = bytes.size();
    bytes.append(RecordParser::kPadding, '\0');
    SampleBatch batch;
    session->make_parser()->parse(std::string_view(bytes).substr(0, size), false, batch);
    for (const SampleDetail& detail : batch.details) {
      for (const std::uint32_t id : detail.dimensions) {
        if (id == 0) break;
        const std::string& text = batch.endpoints()[id - 1];
        for (const std::string& name : names) {
          if (text.size() > name.size() && text.starts_with(name) && text[name.size()] == '=') {
            candidates.see(name, std::string_view(text).substr(name.size() + 1));
          }
        }
      }
    }
  }
  ChosenDimensions chosen{candidates.useful(), {}};
  chosen.note = note_on_dimensions(chosen.names);
  return chosen;
}

}  // namespace omniwriter
