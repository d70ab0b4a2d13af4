// Judgements as the store keeps them: any text; what can be read comes back the same.

#include "formats/judgement_codec/judgement_codec.h"

#include <cstdlib>
#include <string>
#include <string_view>

#include "fuzzers.h"

namespace omniwriter::fuzz {

void judgement_codec(std::string_view text) {
  const auto judgement = decode_judgement(text);
  if (!judgement) return;
  const std::string encoded = encode_judgement(*judgement);
  const auto again = decode_judgement(encoded);
  if (!again || encode_judgement(*again) != encoded) std::abort();
}

}  // namespace omniwriter::fuzz
