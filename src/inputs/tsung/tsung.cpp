// Importer of Tsung's dump of requests, tsung.dump. See README.md for the rules.

#include <algorithm>
#include <string>

#include "base/decimal.h"
#include "model/outcome_rules.h"
#include "reading/table_input.h"

namespace omniwriter {
namespace tsung {
namespace {

// "get;127.0.0.1;/api/users?id=1": method and path, without the query.
std::string name_of(std::string_view request) {
  const std::string_view method = request.substr(0, request.find(';'));
  const std::string_view behind = request.substr(std::min(request.size(), method.size() + 1));
  const std::string_view url = behind.substr(std::min(behind.size(), behind.find(';') + 1));
  std::string name(method);
  for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return name.append(1, ' ').append(url.substr(0, url.find('?')));
}

// A status of HTTP, or what kept the request from having one.
Outcome outcome_of(std::string_view result) {
  if (result == "error_no_http_status") return {"error", "connection_closed"};
  return http_outcome(result);
}

class Parser final : public TableParser<Parser> {
 public:
  static constexpr std::string_view kName = "tsung";
  static constexpr std::string_view kTool = "tsung";
  static constexpr std::string_view kDescription = "Tsung dump of requests (tsung.dump)";
  static constexpr TableLayout kLayout{
      "#date;pid;id;http method;host;URL;HTTP status;size;duration;transaction;match;error;tag", ';', 13,
      Quoting::none};

  template <typename Field>
  bool row(const Field& field) {
    constexpr std::size_t kDate = 0;
    constexpr std::size_t kMethod = 3;
    constexpr std::size_t kUrl = 5;
    constexpr std::size_t kStatus = 6;
    constexpr std::size_t kSize = 7;
    constexpr std::size_t kDuration = 8;
    constexpr std::size_t kError = 11;
    const auto end_ns = read_decimal(field(kDate), 9);
    if (!end_ns || !requests::is_plausible_time(*end_ns)) return reject("the date is no time", field(kDate));
    const auto duration_ns = read_decimal(field(kDuration), 6);
    if (!duration_ns || *duration_ns > requests::kMaxDurationNs) {
      return reject("the duration is none in milliseconds", field(kDuration));
    }
    const auto size = read_decimal(field(kSize), 0);
    if (!size) return reject("the size is no number", field(kSize));
    const std::string_view method = field(kMethod);
    const std::string_view url = field(kUrl);
    const std::string_view request(method.data(), static_cast<std::size_t>(url.data() + url.size() - method.data()));
    const std::string_view result = field(kError).empty() ? field(kStatus) : field(kError);
    Sample& sample = sink_.add(*end_ns - *duration_ns, *duration_ns, request, result, name_of, outcome_of);
    sink_.received(sample, static_cast<std::uint64_t>(*size));
    sink_.message(field(kError));
    return true;
  }
};

}  // namespace
}  // namespace tsung

const InputFormat& input_tsung() {
  static const TableInput<tsung::Parser> kFormat;
  return kFormat;
}

}  // namespace omniwriter
