#pragma once
/// A judgement as the JSON in which the store keeps it. Pure functions.

#include <string>
#include <string_view>

#include "judge/judgement.h"
#include "omniwriter/error.h"

namespace omniwriter {

/// Texts are UTF-8; what is none is replaced.
[[nodiscard]] std::string encode_judgement(const Judgement& judgement);
/// What encode_judgement() was given, to the last bit of each number. An error of code `io` where it is none; members
/// that it does not know are passed over, so what a newer version wrote can be read.
[[nodiscard]] Result<Judgement> decode_judgement(std::string_view text);

}  // namespace omniwriter
