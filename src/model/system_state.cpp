#include "model/system_state.h"

namespace omniwriter {

Localized word_for(const SystemState& state) {
  if (!state.configured) return {"não configurado", "not configured"};
  if (!state.reachable) return {"inacessível", "unreachable"};
  return state.ok ? Localized{"ok", "ok"} : Localized{"com problema", "not ok"};
}

}  // namespace omniwriter
