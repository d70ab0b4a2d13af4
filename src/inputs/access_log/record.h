#pragma once
/// One line of an access log, text or JSON, taken apart.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "omniwriter/error.h"
#include "omniwriter/sample.h"

namespace omniwriter::access_log {

enum class Unit : std::uint8_t { seconds, milliseconds, microseconds };

/// Which field behind the user agent is the response time.
struct TimeField {
  static constexpr std::size_t kAbsent = static_cast<std::size_t>(-1);
  std::size_t field = kAbsent;  ///< counted from 0
  Unit unit = Unit::seconds;
  bool fraction = false;  ///< it has decimals, which only nginx writes
};

/// What nginx says of the times of the servers behind it: one or several, in seconds.
struct UpstreamTimes {
  std::string_view connect;   ///< each counts from when nginx turned to that server; empty where the log has none
  std::string_view header;    ///< up to the first byte
  std::string_view response;  ///< up to the last

  [[nodiscard]] bool any() const { return !connect.empty() || !header.empty(); }
  /// The times of all servers together. Nothing is added where nginx came to no server.
  void add_to(SampleDetail& detail) const;
};
/// Whether the list of times goes on behind the blank: "0.001, 0.002 : 0.003".
[[nodiscard]] bool is_within_times(std::string_view text, std::size_t blank);
/// Sets one of them by the name of nginx's variable, or the short one that its manual uses ("uht"). False where it is
/// another name.
bool set_upstream_time(UpstreamTimes& times, std::string_view name, std::string_view value);

/// The parts that matter, as they stand in the line.
struct Record {
  std::int64_t time_ns = 0;
  std::string_view request = {};  ///< "GET /path HTTP/1.1"; empty in JSON that gives method and URI apart
  std::string_view method = {};
  std::string_view uri = {};
  std::string_view status = {};
  std::string_view bytes = {};     ///< "-" for none
  std::string_view extra = {};     ///< text logs: all that stands behind the user agent
  std::string_view duration = {};  ///< of JSON and of lines whose format was told; empty where there is none
  UpstreamTimes upstream = {};
  std::string_view referer = {};     ///< text logs
  std::string_view user_agent = {};  ///< the same

  /// The names of what the user wants requests told apart by, and the values that the line has under these.
  const std::vector<std::string>* wanted = nullptr;
  std::array<std::string_view, kMaxDimensions> values = {};
  void see(std::string_view name, std::string_view value) {
    if (wanted == nullptr || wanted->empty()) return;
    const auto found = std::ranges::find(*wanted, name);
    if (found != wanted->end()) values[static_cast<std::size_t>(found - wanted->begin())] = value;
  }
};

/// What a value of that name is where the line has it within another: the method and the protocol of the request, and
/// of text logs, of which `line` is one, the client, the user, what the client says of itself, and what has a name
/// behind that
/// ("up=10.0.0.1"). Empty where there is none.
[[nodiscard]] std::string_view part_named(std::string_view name, std::string_view line, const Record& record);
/// The names of the fields of a line that say nothing of the request itself; of text: what part_named() knows of it.
[[nodiscard]] std::vector<std::string> other_fields(std::string_view line, bool json);

/// Remembers the last time it was asked for: lines come by the second.
class Times {
 public:
  /// "23/Nov/2026:15:29:52 +0000", RFC 3339, or RFC 3339 with a space before a zone without colon.
  [[nodiscard]] std::optional<std::int64_t> ns(std::string_view text);

 private:
  std::string last_;
  std::int64_t last_ns_ = 0;
};

/// Reads a line. False, and why, where it is no line of an access log.
[[nodiscard]] bool read_text(std::string_view line, Times& times, Record& record, const char*& reason);
[[nodiscard]] bool read_json(std::string_view line, Times& times, Record& record, const char*& reason);

/// The `index`-th of blank-separated fields, without the quotes around it; empty where there are fewer.
[[nodiscard]] std::string_view field_of(std::string_view text, std::size_t index);

/// Reads upstream times behind the user agent that have names: uct="0.001" uht="0.005, 0.007". False where there
/// are none.
bool read_named_upstream_times(std::string_view extra, UpstreamTimes& times);

/// "GET /path" of "GET /path?query HTTP/1.1", "/path" of "/path?query": without the query, which would make an endpoint
/// of every request. Empty where the text is no request.
[[nodiscard]] std::string endpoint_of(std::string_view request);

}  // namespace omniwriter::access_log
