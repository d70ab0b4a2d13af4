// Importer of JMeter's XML result files (JTL). See README.md for the rules.

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/jmeter/transactions.h"
#include "inputs/jmeter_xml/expat_reader.h"
#include "inputs/jmeter_xml/tags.h"
#include "model/dimension_values.h"
#include "reading/head_counts.h"
#include "reading/input.h"

namespace omniwriter {
namespace jmeter_xml {
namespace {

// As JMeter writes it. Any other may mean another encoding.
constexpr std::string_view kDeclaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";

// Counts what transactions tell of, and what there is.
class Tally final : public OrderedStage {
 public:
  void apply(SampleBatch& batch) override {
    for (std::size_t i = 0; i < batch.samples.size(); ++i) {
      const Sample& sample = batch.samples[i];
      if (sample.kind == SampleKind::request) tally_.add_request(sample.repeat);
      if (sample.kind == SampleKind::transaction) {
        tally_.add_transaction(batch.endpoints().hash_of(sample.endpoint), batch.origins[i].holds);
      }
    }
  }
  [[nodiscard]] std::string note() const override { return tally_.note(); }

 private:
  jmeter::TransactionTally tally_;
};

class Session final : public InputSession {
 public:
  Session(bool transactions_count, std::string_view head, std::vector<std::string> dimensions, std::string note)
      : transactions_count_(transactions_count),
        dimensions_(std::move(dimensions)),
        note_(std::move(note)),
        in_place_(head.starts_with(kDeclaration)),
        is_utf8_(in_place_ || says_utf8(head)) {}
  [[nodiscard]] std::unique_ptr<RecordParser> make_parser() const override {
    return make_expat_reader(transactions_count_, in_place_, is_utf8_, dimensions_);
  }
  [[nodiscard]] bool splittable() const override { return false; }
  [[nodiscard]] std::unique_ptr<OrderedStage> make_ordered_stage() const override { return std::make_unique<Tally>(); }
  [[nodiscard]] std::string note() const override {
    return joined_notes(transactions_count_ ? std::string(jmeter::kTransactionsNote) : "", note_);
  }

 private:
  // Whether nothing before the root says otherwise.
  static bool says_utf8(std::string_view head) {
    const std::string_view prolog = head.substr(0, head.find("?>"));
    return !prolog.starts_with("<?xml") || prolog.find("encoding") == std::string_view::npos ||
           prolog.find("UTF-8") != std::string_view::npos || prolog.find("utf-8") != std::string_view::npos;
  }

  bool transactions_count_;
  std::vector<std::string> dimensions_;
  std::string note_;
  bool in_place_;
  bool is_utf8_;
};

class Format final : public InputFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "jmeter-xml"; }
  [[nodiscard]] std::string_view tool() const override { return "jmeter"; }
  [[nodiscard]] std::string_view description() const override { return "JMeter XML results (JTL)"; }
  [[nodiscard]] std::string_view end_mark() const override { return "</testResults>"; }

  [[nodiscard]] bool recognises(std::string_view head) const override {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (head.starts_with(kByteOrderMark)) head.remove_prefix(kByteOrderMark.size());
    head.remove_prefix(std::min(head.find_first_not_of(" \t\r\n"), head.size()));
    const std::size_t root = head.find(kRootTag.substr(0, kRootTag.size() - 1));
    return head.starts_with('<') && root != std::string_view::npos &&
           begins_with_tag(head.substr(root), kRootTag.substr(0, kRootTag.size() - 1));
  }

  [[nodiscard]] Result<std::unique_ptr<InputSession>> open(std::string_view head,
                                                           const InputOptions& options) const override {
    if (const std::string problem = problem_before_root(head.substr(0, kHeadBytes)); !problem.empty()) {
      return fail(ErrorCode::input, "not a JMeter XML file: " + problem);
    }
    std::vector<std::string> dimensions = options.dimensions;
    std::string note;
    if (is_any_dimension(dimensions)) {
      dimensions = useful_dimensions(head.substr(0, kHeadBytes));
      note = note_on_dimensions(dimensions);
    }
    return std::make_unique<Session>(options.survey && options.survey->requests == 0, head, std::move(dimensions),
                                     std::move(note));
  }

  [[nodiscard]] bool needs_survey(std::string_view head, const InputOptions& options) const override {
    const auto session = open(head, options);
    if (!session) return false;
    const HeadCounts counts = count_head(**session, head);
    return counts.requests == 0 && counts.transactions != 0;
  }
};

}  // namespace
}  // namespace jmeter_xml

const InputFormat& input_jmeter_xml() {
  static const jmeter_xml::Format kFormat;
  return kFormat;
}

}  // namespace omniwriter
