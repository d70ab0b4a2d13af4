// Importer of JMeter's CSV result files (JTL). See README.md for the rules.

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

#include "base/digits.h"
#include "base/local_dates.h"
#include "base/text_memo.h"
#include "formats/csv/separators.h"
#include "formats/csv/walk.h"
#include "formats/jmeter/sample_rules.h"
#include "inputs/jmeter_csv/layout.h"
#include "model/outcome_rules.h"
#include "pipeline/head_counts.h"
#include "pipeline/input.h"

namespace omniwriter {
namespace jmeter_csv {
namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;
constexpr std::uint64_t kMsPerSecond = 1000;
// The years 2000 to 2100: anything else is no time at which a load test ran.
constexpr std::uint64_t kMinTimeMs = 946'684'800'000;
constexpr std::uint64_t kMaxTimeMs = 4'102'444'800'000;
constexpr std::uint64_t kMaxElapsedMs = std::uint64_t{366} * 86'400'000;
constexpr std::uint64_t kMaxSampleCount = 1'000'000'000;
constexpr std::string_view kTransaction = "Number of samples in transaction";
constexpr std::string_view kUnnamed = "(unnamed)";

class Parser final : public RecordParser {
 public:
  explicit Parser(const Layout& layout) : layout_(layout) {}

  ParseResult parse(std::string_view bytes, bool last, SampleBatch& out) override {
    if (tables_version_ != out.tables_version()) {
      endpoints_.clear();
      for (auto& memo : outcomes_) memo.clear();
      status_outcomes_.fill(kNoOutcome);
      tables_version_ = out.tables_version();
    }
    out_ = &out;
    out.tells_received = layout_.has(Column::bytes);
    out.tells_sent = layout_.has(Column::sent_bytes);
    last_users_ = kNoUsers;
    const csv::Walked walked = csv::walk_rows(bytes, layout_.delimiter, layout_.fields, last, buffers_, *this);
    return {walked.consumed, walked.lines};
  }

  void odd_row(std::uint64_t line, std::string_view text, const std::vector<std::string_view>& split) {
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return;
    const std::size_t time = layout_.of(Column::time_stamp);
    // JMeter writes its header again when it appends to a file.
    if (split.size() > time && split[time] == "timeStamp") return;
    if (split.size() != layout_.fields) {
      reason_ = std::to_string(split.size()) + " fields instead of " + std::to_string(layout_.fields);
      if (text.back() != '\n') reason_ += ": the file ends within a row";
    }
    out_->bad_record(line, std::move(reason_));
  }

  template <typename Field>
  bool add_row(const Field& field) {
    const std::string_view time_text = plain(field(layout_.of(Column::time_stamp)));
    std::uint64_t start_ms = 0;
    if (!read_time(time_text, start_ms)) return reject("timeStamp is no time", time_text);
    if (start_ms < kMinTimeMs || start_ms > kMaxTimeMs) return reject("timeStamp is out of range", time_text);
    const std::string_view elapsed_text = plain(field(layout_.of(Column::elapsed)));
    std::uint64_t elapsed_ms = 0;
    if (!read_digits(elapsed_text, elapsed_ms) || elapsed_ms > kMaxElapsedMs) {
      return reject("elapsed is no duration in milliseconds", elapsed_text);
    }

    const std::string_view code =
        layout_.has(Column::response_code) ? plain(field(layout_.of(Column::response_code))) : std::string_view{};
    bool success = false;
    if (layout_.has(Column::success)) {
      const std::string_view text = plain(field(layout_.of(Column::success)));
      if (text == "true" || text == "TRUE" || text == "True") {
        success = true;
      } else if (text != "false" && text != "FALSE" && text != "False") {
        return reject("success is neither true nor false", text);
      }
    } else {
      success = code.empty() || code.front() == '2' || code.front() == '3';
    }
    std::uint64_t sample_count = 1;
    if (layout_.has(Column::sample_count)) [[unlikely]] {
      const std::string_view text = plain(field(layout_.of(Column::sample_count)));
      if (!text.empty() && (!read_digits(text, sample_count) || sample_count > kMaxSampleCount)) {
        return reject("SampleCount is no number", text);
      }
      if (sample_count == 0) return true;  // an aggregated row without samples
    }

    const std::string_view label = layout_.has(Column::label) ? field(layout_.of(Column::label))
                                   : layout_.has(Column::url) ? field(layout_.of(Column::url))
                                                              : std::string_view{};
    SampleKind kind = SampleKind::request;
    if (layout_.has(Column::response_message)) {
      std::string_view message = field(layout_.of(Column::response_message));
      if (!message.empty() && message.front() == '"') message.remove_prefix(1);
      if (message.starts_with(kTransaction)) kind = SampleKind::transaction;
    }
    const std::uint32_t endpoint = endpoints_.get(label, [&](std::string_view text) {
      const std::string_view name = csv::unquote(text, scratch_);
      return out_->endpoint(name.empty() ? kUnnamed : name);
    });
    const std::uint16_t how_it_ended = outcome(code, success);
    const std::uint64_t received = number(field, Column::bytes);
    const std::uint64_t sent = number(field, Column::sent_bytes);
    const auto start_ns = static_cast<std::int64_t>(start_ms) * kNsPerMs;
    const auto duration_ns = static_cast<std::int64_t>(elapsed_ms) * kNsPerMs;

    // Filled in place: made elsewhere and copied, it would have to be read before it is written out.
    Sample& sample = out_->samples.emplace_back();
    sample.start_ns = start_ns;
    sample.duration_ns = duration_ns;
    sample.bytes_received = received;
    sample.bytes_sent = sent;
    sample.endpoint = endpoint;
    sample.outcome = how_it_ended;
    sample.kind = kind;
    if (layout_.has(Column::thread_name)) {
      out_->origins.push_back({quick_hash(field(layout_.of(Column::thread_name))), idle_ns(kind, field)});
    }
    if (sample_count != 1) [[unlikely]]
      spread_aggregated(sample_count, number(field, Column::error_count));

    if (layout_.has(Column::all_threads)) {
      const std::uint64_t users = number(field, Column::all_threads);
      const std::uint64_t second = start_ms / kMsPerSecond;
      if (users != last_users_ || second != last_users_second_) {
        out_->active_users.push_back(
            {start_ns, static_cast<std::uint32_t>(std::min<std::uint64_t>(users, UINT32_MAX))});
        last_users_ = users;
        last_users_second_ = second;
      }
    }
    return true;
  }

 private:
  static constexpr std::uint16_t kNoOutcome = std::numeric_limits<std::uint16_t>::max();
  static constexpr std::uint64_t kNoUsers = std::numeric_limits<std::uint64_t>::max();

  // What holds no quotes of its own: some write quotes around every field.
  static std::string_view plain(std::string_view text) {
    if (text.size() < 2 || text.front() != '"') [[likely]]
      return text;
    const std::string_view inner = text.substr(1, text.size() - 2);
    return inner.find('"') == std::string_view::npos ? inner : text;
  }

  bool reject(const char* reason, std::string_view text) {
    reason_ = std::string(reason) + ": \"" + std::string(text.substr(0, 40)) + "\"";
    return false;
  }

  bool read_time(std::string_view text, std::uint64_t& ms) {
    if (layout_.dates) {
      const auto date = dates_.milliseconds(text);
      if (!date) return false;
      ms = static_cast<std::uint64_t>(*date);
      return true;
    }
    // Thirteen digits, of which the first five stay the same for a day.
    constexpr std::size_t kSame = 5;
    if (text.size() == kSame + 8 && std::memcmp(text.data(), time_start_.data(), kSame) == 0) [[likely]] {
      const std::uint64_t rest = detail::load8(text.data() + kSame);
      ms = time_start_ms_ + detail::eight_digits(rest);
      return detail::all_digits(rest);
    }
    if (!read_digits(text, ms)) return false;
    if (text.size() == kSame + 8) {
      std::copy_n(text.data(), kSame, time_start_.data());
      time_start_ms_ = ms - ms % 100'000'000;
    }
    return true;
  }

  // Reads a number that may be missing.
  template <typename Field>
  std::uint64_t number(const Field& field, Column column) {
    std::uint64_t value = 0;
    if (!layout_.has(column) || !read_digits(plain(field(layout_.of(column))), value)) return 0;
    return value;
  }

  // The last sample stands for several and gives the sum of their times: all we can say of each is the mean. Where
  // the row counts errors, its one code says nothing sure about either part.
  void spread_aggregated(std::uint64_t count, std::uint64_t errors) {
    Sample& sample = out_->samples.back();
    sample.duration_ns /= static_cast<std::int64_t>(count);
    sample.repeat = static_cast<std::uint32_t>(count);
    if (layout_.has(Column::thread_name)) out_->origins.back() = {};
    if (!layout_.has(Column::error_count)) return;
    errors = std::min(errors, count);
    sample.outcome = errors == count ? out_->outcome("error", "error") : out_->outcome("ok", "");
    if (errors == 0 || errors == count) return;
    sample.repeat = static_cast<std::uint32_t>(count - errors);
    Sample failed = sample;
    failed.repeat = static_cast<std::uint32_t>(errors);
    failed.outcome = out_->outcome("error", "error");
    failed.bytes_received = 0;  // the row's bytes are a sum, and counted already
    failed.bytes_sent = 0;
    out_->samples.push_back(failed);
    if (layout_.has(Column::thread_name)) out_->origins.emplace_back();
  }

  std::uint16_t outcome(std::string_view code, bool success) {
    const auto make = [&](std::string_view text) {
      const Outcome made = jmeter_outcome(csv::unquote(text, scratch_), success);
      return out_->outcome(made.status, made.error_type);
    };
    if (code.size() == 3) {
      const auto digit = [&](std::size_t i) {
        return static_cast<unsigned>(static_cast<unsigned char>(code[i])) - '0';
      };
      if (digit(0) < 10 && digit(1) < 10 && digit(2) < 10) {
        std::uint16_t& known = status_outcomes_[(digit(0) * 100 + digit(1) * 10 + digit(2)) * 2 + (success ? 1 : 0)];
        if (known == kNoOutcome) known = make(code);
        return known;
      }
    }
    return outcomes_[success ? 1 : 0].get(code, make);
  }

  // Only a transaction pauses within itself.
  template <typename Field>
  std::int64_t idle_ns(SampleKind kind, const Field& field) {
    if (kind != SampleKind::transaction) return 0;
    return static_cast<std::int64_t>(std::min(number(field, Column::idle_time), kMaxElapsedMs)) * kNsPerMs;
  }

  const Layout& layout_;
  SampleBatch* out_ = nullptr;
  csv::WalkBuffers buffers_;
  std::string scratch_;
  std::string reason_;
  LocalDates dates_;
  std::array<char, 5> time_start_{};  // of the last time stamp
  std::uint64_t time_start_ms_ = 0;   // what these digits stand for

  std::uint32_t tables_version_ = 0;
  TextMemo<std::uint32_t> endpoints_;
  std::array<TextMemo<std::uint16_t>, 2> outcomes_;  // failed, succeeded
  std::array<std::uint16_t, 2000> status_outcomes_{};
  std::uint64_t last_users_ = kNoUsers;
  std::uint64_t last_users_second_ = 0;
};

// Finds the rows that are parts of others: the steps of a redirect and embedded resources ("redir-0" of "redir"), and
// the requests of a transaction that JMeter was told to make their parent. JMeter writes the outer row first, and the
// parts lie within its time, in the same thread. Rows of other threads may stand in between.
class Nesting final : public OrderedStage {
 public:
  /// `children_count`: the requests of such a transaction are requests all the same. `slack_ns`: how much earlier than
  /// noted a row may have begun.
  Nesting(bool children_count, std::int64_t slack_ns) : children_count_(children_count), slack_ns_(slack_ns) {}

  void apply(SampleBatch& batch) override {
    for (std::size_t i = 0; i < batch.samples.size(); ++i) {
      const SampleOrigin& origin = batch.origins[i];
      if (origin.thread_hash == 0) continue;
      Sample& sample = batch.samples[i];
      Outer& outer = outer_[(origin.thread_hash >> 1) % outer_.size()];
      if (outer.thread_hash == origin.thread_hash && is_part(sample, outer, batch)) {
        // A transaction in a transaction stays one.
        if (sample.kind == SampleKind::request) sample.kind = SampleKind::sub_result;
      } else {
        outer = {origin.thread_hash, sample.start_ns, sample.start_ns + sample.duration_ns + origin.idle_ns,
                 batch.endpoints().hash_of(sample.endpoint), sample.kind};
      }
    }
  }

 private:
  struct Outer {
    std::uint64_t thread_hash = 0;
    std::int64_t start_ns = 0;
    std::int64_t end_ns = 0;
    std::uint64_t label_hash = 0;
    SampleKind kind = SampleKind::request;
  };

  [[nodiscard]] bool is_part(const Sample& sample, const Outer& outer, const SampleBatch& batch) const {
    if (sample.start_ns < outer.start_ns || sample.start_ns + sample.duration_ns > outer.end_ns + slack_ns_)
      return false;
    if (numbered_part_of(batch.endpoints()[sample.endpoint], outer.label_hash)) return true;
    // What begins as the transaction ends is just next.
    return outer.kind == SampleKind::transaction && !children_count_ && sample.start_ns < outer.end_ns;
  }

  // "redir-0" and "redir-0-1" are parts of "redir".
  static bool numbered_part_of(std::string_view label, std::uint64_t outer_label_hash) {
    while (true) {
      std::size_t end = label.size();
      while (end > 0 && label[end - 1] >= '0' && label[end - 1] <= '9') --end;
      if (end == label.size() || end == 0 || label[end - 1] != '-') return false;
      label = label.substr(0, end - 1);
      if (StringTable::hash(label) == outer_label_hash) return true;
    }
  }

  // The last outer row of each thread, by hash. Two threads in one place forget each other's row: that matters only
  // where their rows interleave.
  std::array<Outer, 1024> outer_{};
  const bool children_count_;
  const std::int64_t slack_ns_;
};

class Session final : public InputSession {
 public:
  Session(Layout layout, bool children_count) : layout_(std::move(layout)), children_count_(children_count) {}

  [[nodiscard]] std::unique_ptr<RecordParser> make_parser() const override { return std::make_unique<Parser>(layout_); }
  [[nodiscard]] std::size_t header_bytes() const override { return layout_.header_bytes; }
  [[nodiscard]] std::unique_ptr<OrderedStage> make_ordered_stage() const override {
    if (!layout_.has(Column::thread_name)) return nullptr;
    // By whole seconds it cannot be told whether a row lies within a transaction or behind it.
    if (layout_.whole_seconds) return std::make_unique<Nesting>(true, kNsPerMs * kMsPerSecond);
    return std::make_unique<Nesting>(children_count_, 0);
  }
  [[nodiscard]] std::string note() const override { return children_count_ ? std::string(jmeter::kChildrenNote) : ""; }

 private:
  Layout layout_;
  bool children_count_;
};

class Format final : public InputFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "jmeter-csv"; }
  [[nodiscard]] std::string_view tool() const override { return "jmeter"; }
  [[nodiscard]] std::string_view description() const override { return "JMeter CSV results (JTL)"; }

  [[nodiscard]] bool recognises(std::string_view head) const override { return find_layout(head).has_value(); }

  [[nodiscard]] Result<std::unique_ptr<InputSession>> open(std::string_view head,
                                                           const InputOptions& options) const override {
    const auto found = find_layout(head);
    const bool has_header = found && found->header_bytes != 0;
    Layout layout = found.value_or(Layout{});
    if (!options.columns.empty() && !has_header) {
      auto named = named_layout(head, options.columns);
      if (!named) return std::unexpected(named.error());
      layout = *named;
    }
    if (!layout.has(Column::time_stamp) || !layout.has(Column::elapsed)) {
      return fail(
          ErrorCode::input,
          "this JTL file has no timeStamp or no elapsed column; set jmeter.save.saveservice.timestamp_format=ms "
          "and jmeter.save.saveservice.time=true in JMeter");
    }
    return std::make_unique<Session>(layout, options.survey && options.survey->requests == 0);
  }

  [[nodiscard]] bool needs_survey(std::string_view head, const InputOptions& options) const override {
    const auto session = open(head, options);
    if (!session) return false;
    const HeadCounts counts = count_head(**session, head);
    return counts.requests == 0 && counts.transactions != 0;
  }
};

}  // namespace
}  // namespace jmeter_csv

const InputFormat& input_jmeter_csv() {
  static const jmeter_csv::Format kFormat;
  return kFormat;
}

}  // namespace omniwriter
