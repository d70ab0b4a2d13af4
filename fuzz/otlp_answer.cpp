// What is read from the answers of OTLP servers.

#include <cstdlib>
#include <string_view>

#include "formats/otlp/otlp.h"
#include "fuzzers.h"

namespace omniwriter::fuzz {

void otlp_answer(std::string_view body) {
  const auto answer = read_export_response(body);
  if (answer.rejected_points < 0 || answer.message.size() > 1000) std::abort();
  if (read_status_message(body).size() > 1000) std::abort();
}

}  // namespace omniwriter::fuzz
