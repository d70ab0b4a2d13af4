#pragma once

#include <cstdint>

namespace omniwriter {

/// What names and tags look like.
enum class StatsdFlavour : std::uint8_t { dogstatsd, influx, plain };

struct StatsdSettings {
  StatsdFlavour flavour = StatsdFlavour::dogstatsd;
};

}  // namespace omniwriter
