// What users and load tools write of what must hold.

#include "formats/criteria/criteria.h"

#include <cstdlib>

#include "fuzzers.h"

namespace omniwriter::fuzz {

void criteria(std::string_view bytes) {
  static_cast<void>(read_criteria(bytes));
  const auto criterion = parse_criterion(bytes);
  // What was read is read again, to the same.
  if (criterion && (!parse_criterion(criterion->text) || parse_criterion(criterion->text)->bound != criterion->bound)) {
    std::abort();
  }
}

}  // namespace omniwriter::fuzz
