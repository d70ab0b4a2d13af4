#pragma once
/// From tags to samples.

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/jmeter/generators.h"
#include "formats/jmeter/thread_groups.h"
#include "inputs/jmeter_xml/line_counter.h"
#include "inputs/jmeter_xml/tags.h"
#include "model/dimension_values.h"
#include "omniwriter/sample.h"

namespace omniwriter::jmeter_xml {

/// The samples whose end tag is still to come, each within the one before. They hold their own strings: the batch may
/// change until then.
class OpenSamples {
 public:
  /// `transactions_count`: they are taken as the requests. `lines`: those of the text that tags are in.
  OpenSamples(bool transactions_count, const std::vector<std::string>& dimensions, LineCounter& lines)
      : transactions_count_(transactions_count), dimensions_(dimensions), lines_(lines) {}

  /// Where samples, users and bad records go from now on.
  void begin(SampleBatch& out) {
    out_ = &out;
    dimensions_.begin(out);
    named_generator_ = 0;
  }
  /// What requests could be told apart by: `visit(name, value)` for each of a sample.
  template <typename Visit>
  static void for_each_dimension(const Attributes& from, const Visit& visit) {
    visit(jmeter::kThreadGroup, jmeter::group_of_thread(from.thread, jmeter::host_in_thread_name(from.thread)));
    visit("hostname", from.host);
    for (const auto& [name, value] : from.variables) visit(name, value);
  }
  /// Reads a start tag, which ends at `tag_end` of the text. At most kMaxDepth may be open.
  void open(const Attributes& from, std::size_t tag_end);
  /// Longer texts of assertions are cut.
  static constexpr std::size_t kLongestText = 1024;
  /// The end of a part of an assertion of the last one, with its text; and the end of that assertion.
  void add_part_of_assertion(std::string_view part, std::string_view text);
  void end_assertion();
  /// The end tag of the last one: hands it on, unless it is a bad record.
  void close();
  void close_all() {
    while (open_ != 0) close();
  }
  void forget_all() { open_ = 0; }
  [[nodiscard]] bool empty() const { return open_ == 0; }

 private:
  struct Assertion {
    std::string name;
    std::string message;
    bool failed = false;
  };
  struct OpenSample {
    Sample sample;
    SampleDetail detail;
    std::string label;
    std::string code;
    std::string message;  // of a request that failed
    std::string group;    // of threads
    std::array<std::string, kMaxDimensions> dimensions;
    std::vector<Assertion> assertions;
    bool success = false;
    bool has_users = false;
    bool has_errors = false;
    bool readable = false;  // otherwise it is a bad record already
    std::uint64_t users = 0;
    std::optional<std::uint64_t> group_users;
    std::uint64_t samples = 1;
    std::uint64_t errors = 0;
    std::uint64_t generator = 0;
    std::uint32_t holds = 0;  // a transaction: how many requests it says were made within it
  };
  void add_aggregated(const OpenSample& open);
  void add(const OpenSample& open, Sample sample, std::uint64_t times, const Outcome& outcome, std::uint32_t holds);
  static void add_phases(OpenSample& open, std::optional<std::int64_t> latency_ns,
                         std::optional<std::int64_t> connect_ns);
  void add_detail(const OpenSample& open);
  void add_assertions(const OpenSample& open);
  void add_users(const OpenSample& open);
  void add_group_users(const OpenSample& open);

  const bool transactions_count_;
  DimensionValues dimensions_;
  LineCounter& lines_;
  SampleBatch* out_ = nullptr;
  std::size_t open_ = 0;
  std::array<OpenSample, kMaxDepth> samples_;
  Assertion assertion_;  // that is being read
  std::uint64_t last_users_ = std::numeric_limits<std::uint64_t>::max();
  std::int64_t last_users_second_ = 0;
  std::uint64_t last_generator_ = 0;
  std::uint64_t named_generator_ = 0;  // to out_, last
  // What the groups of each generator told last, by hashes, and in which second.
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::pair<std::uint64_t, std::int64_t>> group_users_;
};

}  // namespace omniwriter::jmeter_xml
