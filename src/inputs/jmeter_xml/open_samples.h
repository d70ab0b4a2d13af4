#pragma once
/// From tags to samples.

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "inputs/jmeter_xml/line_counter.h"
#include "inputs/jmeter_xml/tags.h"
#include "omniwriter/sample.h"

namespace omniwriter::jmeter_xml {

/// The samples whose end tag is still to come, each within the one before. They hold their own strings: the batch may
/// change until then.
class OpenSamples {
 public:
  /// `transactions_count`: they are taken as the requests. `lines`: those of the text that tags are in.
  OpenSamples(bool transactions_count, LineCounter& lines) : transactions_count_(transactions_count), lines_(lines) {}

  /// Where samples, users and bad records go from now on.
  void begin(SampleBatch& out) {
    out_ = &out;
    named_generator_ = 0;
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
    std::vector<Assertion> assertions;
    bool success = false;
    bool has_users = false;
    bool has_errors = false;
    bool readable = false;  // otherwise it is a bad record already
    std::uint64_t users = 0;
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

  const bool transactions_count_;
  LineCounter& lines_;
  SampleBatch* out_ = nullptr;
  std::size_t open_ = 0;
  std::array<OpenSample, kMaxDepth> samples_;
  Assertion assertion_;  // that is being read
  std::uint64_t last_users_ = std::numeric_limits<std::uint64_t>::max();
  std::int64_t last_users_second_ = 0;
  std::uint64_t last_generator_ = 0;
  std::uint64_t named_generator_ = 0;  // to out_, last
};

}  // namespace omniwriter::jmeter_xml
