#pragma once
/// Which outputs a run goes to.

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "delivery/output_kind.h"
#include "omniwriter/error.h"

namespace omniwriter {

struct ChosenOutput {
  const OutputKind* kind;
  std::string target;
  bool named = false;  ///< on the command line
  bool found = false;  ///< Destination::found
};

/// The outputs that the configuration implies, with those of `config.outputs` and then the flags (`name=target`) over
/// them, in the order of `kinds`. An unknown name is an error that lists the known ones; a target with credentials is
/// an error too, for a command line can be read by every user of the machine; and so is a file that is the store, where
/// our own results go, or that of another output.
[[nodiscard]] Result<std::vector<ChosenOutput>> choose_outputs(const std::vector<const OutputKind*>& kinds,
                                                               const Config& config,
                                                               const std::vector<std::string>& flags);

/// Refuses outputs that would write over `file`; `what` it is, for the error: "the store".
[[nodiscard]] Result<void> check_outputs_spare(const std::vector<ChosenOutput>& chosen,
                                               const std::filesystem::path& file, std::string_view what);

/// Adds the outputs of single samples that come along with those that are chosen. A usage error where there is none.
[[nodiscard]] Result<void> add_outputs_of_samples(const std::vector<const OutputKind*>& kinds,
                                                  std::vector<ChosenOutput>& chosen);

}  // namespace omniwriter
