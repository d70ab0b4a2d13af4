#pragma once
/// What is known of a system that results go to.

#include <cstdint>
#include <string>
#include <vector>

#include "model/language.h"

namespace omniwriter {

enum class FindingKind : std::uint8_t {
  fault,   ///< keeps the system from being ok
  advice,  ///< nothing is refused, but somebody should do something
  note,    ///< worth knowing; nothing to do
};

struct Finding {
  std::string id;  ///< stable, for programs: "clock_skew"
  Localized finding;
  Localized remedy;
  FindingKind kind = FindingKind::fault;
  bool ill = false;  ///< the system cannot do its work, whatever it thinks of us
};

struct SystemState {
  std::string system;  ///< its name, as users write it
  std::string url;     ///< empty where it is not configured
  bool configured = false;
  bool reachable = false;  ///< it answered over HTTP, whatever it said
  std::string version;     ///< as the system states it, for example "1.6.7" or "opensearch 2.19.4"; empty where unknown
  bool ok = false;         ///< configured, reachable, and it refuses nothing that OmniWriter needs
  std::vector<Finding> findings;  ///< what keeps it from being ok first; then what is worth knowing
};

/// One word for how it is: "ok", "unreachable".
[[nodiscard]] Localized word_for(const SystemState& state);

}  // namespace omniwriter
