// Importer of JMeter's CSV result files (JTL). See README.md for the rules.

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "base/decimal.h"
#include "base/digits.h"
#include "base/flag_text.h"
#include "base/local_dates.h"
#include "base/text_memo.h"
#include "base/try.h"
#include "formats/csv/separators.h"
#include "formats/csv/walk.h"
#include "formats/jmeter/generators.h"
#include "formats/jmeter/sample_rules.h"
#include "formats/jmeter/thread_groups.h"
#include "formats/jmeter/transactions.h"
#include "formats/requests/mapping.h"
#include "inputs/jmeter_csv/layout.h"
#include "inputs/jmeter_csv/nesting.h"
#include "model/dimension_values.h"
#include "model/outcome_rules.h"
#include "reading/head_counts.h"
#include "reading/input.h"

namespace omniwriter {
namespace jmeter_csv {
namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;
constexpr std::int64_t kNsPerSecond = 1'000'000'000;

// What a header leads to: the same text always the same.
Layout layout_under(const Layout& front, std::string_view header) {
  if (header.empty()) return front;
  Layout layout = layout_of_header(header).value_or(front);
  layout.times = front.times;
  layout.decimal = front.decimal;
  layout.hosts_in_threads = front.hosts_in_threads;
  layout.dimensions = front.dimensions;
  find_dimensions(names_in_header(header), layout);
  return layout;
}

class Parser final : public RecordParser {
 public:
  /// `transactions_count`: they are taken as the requests.
  Parser(const Layout& layout, bool transactions_count)
      : front_(layout),
        layout_(layout),
        transactions_count_(transactions_count),
        dates_(layout.times),
        dimensions_(layout.dimensions) {}

  ParseResult parse(std::string_view bytes, bool last, SampleBatch& out) override {
    if (tables_version_ != out.tables_version()) {
      endpoints_.clear();
      groups_.clear();
      for (auto& memo : outcomes_) memo.clear();
      status_outcomes_.fill(kNoOutcome);
      tables_version_ = out.tables_version();
    }
    out_ = &out;
    dimensions_.begin(out);
    last_users_ = {};
    last_group_users_ = {};
    last_thread_users_ = {};
    const csv::Walked walked = csv::walk_rows(bytes, layout_.delimiter, layout_.fields, last, buffers_, *this);
    return {walked.consumed, walked.lines};
  }

  [[nodiscard]] char delimiter() const { return layout_.delimiter; }
  [[nodiscard]] std::size_t fields() const { return layout_.fields; }

  [[nodiscard]] std::string_view header() const override { return header_; }
  void set_header(std::string_view header) override {
    if (header == header_) return;
    layout_ = layout_under(front_, header);
    header_ = header;
  }

  // JMeter writes its header again when it appends to a file; the columns may have become others.
  bool is_header(std::string_view text) {
    if (!may_be_header(text)) return false;
    const auto found = layout_of_header(text);
    if (!found || !found->has(Column::time_stamp) || !found->has(Column::elapsed)) return false;
    const bool same =
        found->at == layout_.at && found->fields == layout_.fields && found->delimiter == layout_.delimiter;
    if (!same) set_header(text);
    return true;
  }

  void odd_row(std::uint64_t line, std::string_view text, const std::vector<std::string_view>& split) {
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return;
    if (split.size() != layout_.fields) {
      reason_ = csv::wrong_fields(split.size(), layout_.fields);
      if (text.back() != '\n') reason_ += ": the file ends within a row";
    }
    out_->bad_record(line, std::move(reason_));
  }

  template <typename Field>
  bool add_row(const Field& field) {
    const std::string_view time_text = field(layout_.of(Column::time_stamp));
    std::int64_t start_ns = 0;
    bool whole_second = false;
    if (const char* problem = read_time(time_text, start_ns, whole_second)) return reject(problem, time_text);
    const std::string_view elapsed_text = field(layout_.of(Column::elapsed));
    std::int64_t duration_ns = 0;
    if (const char* problem = read_elapsed(elapsed_text, duration_ns)) return reject(problem, elapsed_text);

    const std::string_view code =
        layout_.has(Column::response_code) ? field(layout_.of(Column::response_code)) : std::string_view{};
    bool success = false;
    if (layout_.has(Column::success)) {
      const std::string_view text = field(layout_.of(Column::success));
      success = text == "true";
      if (!success && text != "false" && !odd_flag(text, success)) {
        return reject("success is neither true nor false", text);
      }
    } else {
      const std::string_view digits = plain(code);
      success = digits.empty() || digits.front() == '2' || digits.front() == '3';
    }
    std::uint64_t sample_count = 1;
    if (layout_.has(Column::sample_count)) [[unlikely]] {
      const std::string_view text = plain(field(layout_.of(Column::sample_count)));
      if (!text.empty() && (!read_digits(text, sample_count) || sample_count > jmeter::kMaxSampleCount)) {
        return reject("SampleCount is no number", text);
      }
      if (sample_count == 0) return true;  // an aggregated row without samples
    }

    const std::string_view label = layout_.has(Column::label) ? field(layout_.of(Column::label))
                                   : layout_.has(Column::url) ? field(layout_.of(Column::url))
                                                              : std::string_view{};
    SampleKind kind = SampleKind::request;
    std::uint32_t holds = 0;
    if (layout_.has(Column::response_message)) {
      std::string_view message = field(layout_.of(Column::response_message));
      if (!message.empty() && message.front() == '"') message.remove_prefix(1);
      if (message.starts_with(jmeter::kTransactionMessage)) [[unlikely]] {
        holds = jmeter::requests_in(message);
        if (!transactions_count_) kind = SampleKind::transaction;
      }
    }
    const std::uint32_t endpoint = endpoints_.get(label, [&](std::string_view text) {
      const std::string_view name = csv::unquote(text, scratch_);
      return out_->endpoint(name.empty() ? jmeter::kUnnamed : name);
    });
    const std::uint16_t how_it_ended = outcome(code, success);
    std::uint64_t received = 0;
    std::uint64_t sent = 0;
    if (number(field, Column::bytes, received)) out_->tells_received = true;
    if (number(field, Column::sent_bytes, sent)) out_->tells_sent = true;

    // Filled in place: made elsewhere and copied, it would have to be read before it is written out.
    Sample& sample = out_->samples.emplace_back();
    sample.start_ns = start_ns;
    sample.duration_ns = duration_ns;
    sample.bytes_received = received;
    sample.bytes_sent = sent;
    sample.endpoint = endpoint;
    sample.outcome = how_it_ended;
    sample.kind = kind;
    if (kind == SampleKind::request) add_detail(field, how_it_ended);
    const std::string_view thread =
        layout_.has(Column::thread_name) ? field(layout_.of(Column::thread_name)) : std::string_view{};
    const std::string_view host =
        layout_.has(Column::hostname) ? field(layout_.of(Column::hostname)) : std::string_view{};
    SampleOrigin& origin = out_->origins.emplace_back();
    origin.thread_hash = thread.empty() ? 0 : quick_hash(thread) ^ (host.empty() ? 0 : quick_hash(host) << 1);
    origin.holds = holds;
    origin.numbered = is_numbered(label);
    origin.whole_second = whole_second;
    if (sample_count != 1) [[unlikely]] {
      std::uint64_t errors = 0;
      const bool counts_errors = number(field, Column::error_count, errors);
      spread_aggregated(sample_count, counts_errors ? std::optional(errors) : std::nullopt);
    }

    if (std::uint64_t users = 0; number(field, Column::all_threads, users)) {
      const std::string_view in_thread =
          layout_.hosts_in_threads ? jmeter::host_in_thread_name(plain(thread)) : std::string_view{};
      const std::string_view generator = host.empty() ? in_thread : host;
      add_users(start_ns, duration_ns, generator, users);
      if (!thread.empty() && layout_.has(Column::grp_threads)) {
        add_group_users(field(layout_.of(Column::grp_threads)), plain(thread), in_thread);
      }
    }
    return true;
  }

 private:
  static constexpr std::size_t kSame = 5;  // first digits of time stamps
  static constexpr std::uint16_t kNoOutcome = std::numeric_limits<std::uint16_t>::max();

  // The number of users that a generator told last, or a group of threads of one.
  struct Told {
    std::uint64_t generator = 0;
    std::uint64_t users = 0;
    std::int64_t second_ns = -kNsPerSecond;  // before any sample

    // Whether these are the same again, within the second.
    bool again(std::uint64_t of, std::uint64_t count, std::int64_t time_ns) {
      const std::int64_t since = time_ns - second_ns;
      if (generator == of && users == count && since >= 0 && since < kNsPerSecond) [[likely]]
        return true;
      *this = {of, count, time_ns - time_ns % kNsPerSecond};
      return false;
    }
  };

  // A quick look: rows that cannot be read may be many.
  static bool may_be_header(std::string_view text) {
    constexpr std::size_t kLongest = 2000;
    constexpr std::string_view kNeeded = "elapsed";
    const auto same = [](char a, char b) { return (a | 0x20) == b; };
    return text.size() <= kLongest && !std::ranges::search(text, kNeeded, same).empty();
  }

  // "redir-0"
  static bool is_numbered(std::string_view label) {
    if (label.ends_with('"')) label.remove_suffix(1);
    std::size_t end = label.size();
    while (end > 0 && label[end - 1] >= '0' && label[end - 1] <= '9') --end;
    return end < label.size() && end > 1 && label[end - 1] == '-';
  }

  // JMeter's latency is from the start to the first byte, connecting included; 0 is what it writes where it measured
  // none: no row of a request that was answered is without latency.
  template <typename Field>
  void add_detail(const Field& field, std::uint16_t how_it_ended) {
    Sample& sample = out_->samples.back();
    std::int64_t latency_ns = 0;
    std::int64_t connect_ns = 0;
    const bool knows_latency = duration(field, Column::latency, latency_ns) && latency_ns <= sample.duration_ns &&
                               (latency_ns != 0 || sample.duration_ns == 0);
    const bool knows_connect = duration(field, Column::connect, connect_ns) && connect_ns <= sample.duration_ns &&
                               (connect_ns != 0 || knows_latency);
    const bool failed = !out_->outcomes()[how_it_ended].error_type.empty();
    const std::string_view message = failed ? message_of(field) : std::string_view{};
    if (!knows_latency && !knows_connect && message.empty() && dimensions_.empty()) return;
    SampleDetail& detail = out_->detail_of_last();
    if (knows_connect) detail.phase(SampleKind::connect) = connect_ns;
    if (knows_latency) {
      const bool within = knows_connect && connect_ns <= latency_ns;
      detail.phase(SampleKind::waiting) = latency_ns - (within ? connect_ns : 0);
      detail.phase(SampleKind::receiving) = sample.duration_ns - latency_ns;
    }
    for (std::size_t i = 0; i < dimensions_.names().size(); ++i) {
      if (layout_.dimension_at[i] == kAbsent) continue;
      const std::string_view text = field(layout_.dimension_at[i]);
      const bool of_thread = layout_.dimensions[i] == jmeter::kThreadGroup;
      add_dimension(detail, dimensions_.id_of(i, of_thread ? jmeter::group_of_thread(plain(text)) : text,
                                              [&](std::string_view value) { return csv::unquote(value, scratch_); }));
    }
    if (!message.empty()) detail.message = out_->message(csv::unquote(message, scratch_));
  }

  // Of an assertion, else of the response.
  template <typename Field>
  std::string_view message_of(const Field& field) const {
    for (const Column column : {Column::failure_message, Column::response_message}) {
      if (!layout_.has(column)) continue;
      const std::string_view text = field(layout_.of(column));
      if (!plain(text).empty()) return text;
    }
    return {};
  }

  // Reads milliseconds that may be missing.
  template <typename Field>
  bool duration(const Field& field, Column column, std::int64_t& ns) const {
    std::uint64_t ms = 0;
    if (!layout_.has(column)) return false;
    std::string_view text = plain(field(layout_.of(column)));
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (!read_digits(plain(text), ms) || ms > jmeter::kMaxElapsedMs) return false;
    ns = static_cast<std::int64_t>(ms) * kNsPerMs;
    return true;
  }

  void add_users(std::int64_t start_ns, std::int64_t duration_ns, std::string_view host, std::uint64_t users) {
    generator_ = host.empty() ? 0 : quick_hash(host);
    if (last_users_[(generator_ >> 1) % last_users_.size()].again(generator_, users, start_ns)) [[likely]]
      return;
    out_->name_generator(generator_, plain(host));
    out_->active_users.push_back({.time_ns = start_ns,
                                  .users = static_cast<std::uint32_t>(std::min<std::uint64_t>(users, UINT32_MAX)),
                                  .generator = generator_,
                                  .told_ns = start_ns + duration_ns});
  }

  // Of the generator of the last sample.
  void add_group_users(std::string_view text, std::string_view thread, std::string_view host) {
    std::uint64_t users = 0;
    if (!read_digits(text, users) && !read_digits(plain(text), users)) return;
    // What a thread has told of its group need not be looked at again.
    const std::uint64_t of_thread = out_->origins.back().thread_hash;
    Told& told = last_thread_users_[(of_thread >> 1) % last_thread_users_.size()];
    if (of_thread != 0 && told.again(of_thread, users, out_->samples.back().start_ns)) [[likely]]
      return;
    const std::string_view group = jmeter::group_of_thread(thread, host);
    const Sample& sample = out_->samples.back();
    const std::uint64_t of = quick_hash(group) ^ generator_ << 1;
    if (last_group_users_[(of >> 1) % last_group_users_.size()].again(of, users, sample.start_ns)) [[likely]]
      return;
    const std::uint32_t id = groups_.get(group, [&](std::string_view name) { return out_->endpoint(name); });
    out_->active_users.push_back({.time_ns = sample.start_ns,
                                  .users = static_cast<std::uint32_t>(std::min<std::uint64_t>(users, UINT32_MAX)),
                                  .generator = generator_,
                                  .told_ns = sample.start_ns + sample.duration_ns,
                                  .scenario = id + 1});
  }

  // What holds no quotes of its own: some write quotes around every field.
  static std::string_view plain(std::string_view text) {
    if (text.size() < 2 || text.front() != '"') [[likely]]
      return text;
    const std::string_view inner = text.substr(1, text.size() - 2);
    return inner.find('"') == std::string_view::npos ? inner : text;
  }

  [[gnu::noinline]] bool reject(const char* reason, std::string_view text) {
    reason_ = std::string(reason) + ": \"" + std::string(plain(text).substr(0, 40)) + "\"";
    return false;
  }

  // What follows reads a field as nearly all files have it, and leaves the others to a function of its own, quotes
  // around numbers too: so that rows are read quickly.

  // Both give what is wrong with the text, or nothing.

  const char* read_time(std::string_view text, std::int64_t& ns, bool& whole_second) {
    // Thirteen digits, of which the first five stay the same for a day.
    if (text.size() == kSame + 8 && std::memcmp(text.data(), time_start_.data(), kSame) == 0) [[likely]] {
      const std::uint64_t rest = detail::load8(text.data() + kSame) ^ detail::kZeros;
      ns = time_start_ns_ + std::int64_t{detail::eight_digits(rest)} * kNsPerMs;
      return detail::all_digits(rest) ? nullptr : "timeStamp is no time";
    }
    return odd_time(text, ns, whole_second);
  }

  [[gnu::noinline]] const char* odd_time(std::string_view text, std::int64_t& ns, bool& whole_second) {
    if (const std::string_view inner = plain(text); inner.size() != text.size()) {
      return read_time(inner, ns, whole_second);
    }
    const auto epoch = layout_.times.told() ? std::nullopt : mapping::read_epoch(text);
    const auto time = epoch ? epoch : dates_.nanoseconds(text);
    if (!time) {
      std::uint64_t digits = 0;
      return read_digits(text, digits) ? "timeStamp is out of range" : "timeStamp is no time";
    }
    ns = *time;
    if (!requests::is_plausible_time(ns)) return "timeStamp is out of range";
    const std::size_t minutes = text.rfind(':');
    const std::string_view fraction = minutes == std::string_view::npos ? text : text.substr(minutes);
    constexpr std::size_t kSecondsDigits = 10;
    whole_second = fraction.find_first_of(".,") == std::string_view::npos &&
                   (minutes != std::string_view::npos || text.size() <= kSecondsDigits);
    if (epoch && text.size() == kSame + 8 && text.find('.') == std::string_view::npos) {
      std::copy_n(text.data(), kSame, time_start_.data());
      time_start_ns_ = ns - ns % (100'000'000 * kNsPerMs);
    }
    return nullptr;
  }

  const char* read_elapsed(std::string_view text, std::int64_t& ns) {
    std::uint64_t ms = 0;
    if (!read_digits(text, ms) || ms > jmeter::kMaxElapsedMs) [[unlikely]]
      return odd_elapsed(plain(text), ns);
    ns = static_cast<std::int64_t>(ms) * kNsPerMs;
    return nullptr;
  }

  [[gnu::noinline]] const char* odd_elapsed(std::string_view text, std::int64_t& ns) {
    constexpr const char* kNone = "elapsed is no duration in milliseconds";
    constexpr unsigned kDecimals = 6;  // from a millisecond to a nanosecond
    const auto number = layout_.decimal.plain(text, scratch_);
    if (!number) return DecimalMark::kAmbiguous;
    const auto read = read_decimal(*number, kDecimals);
    if (!read || *read > static_cast<std::int64_t>(jmeter::kMaxElapsedMs) * kNsPerMs) return kNone;
    ns = *read;
    return nullptr;
  }

  [[gnu::noinline]] static bool odd_flag(std::string_view text, bool& flag) {
    const auto read = read_flag(plain(text));
    flag = read.value_or(false);
    return read.has_value();
  }

  // Reads a number that may be missing. False, and the value is 0, where there is none.
  template <typename Field>
  bool number(const Field& field, Column column, std::uint64_t& value) {
    if (!layout_.has(column)) return false;
    const std::string_view text = field(layout_.of(column));
    return read_digits(text, value) || odd_number(text, column, value);
  }

  [[gnu::noinline]] bool odd_number(std::string_view text, Column column, std::uint64_t& value) {
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (read_digits(plain(text), value)) return true;
    value = 0;
    out_->unreadable_value(buffers_.lines + 1, name_of(column), plain(text));
    return false;
  }

  // The last sample stands for several and gives the sum of their times: all we can say of each is the mean. Where
  // the row counts errors, its one code says nothing sure about either part.
  void spread_aggregated(std::uint64_t count, std::optional<std::uint64_t> told_errors) {
    Sample& sample = out_->samples.back();
    sample.duration_ns /= static_cast<std::int64_t>(count);
    sample.repeat = static_cast<std::uint32_t>(count);
    sample.detail = 0;
    out_->origins.back() = {};
    if (!told_errors) return;
    const std::uint64_t errors = std::min(*told_errors, count);
    sample.outcome = errors == count ? out_->outcome("error", "error") : out_->outcome("ok", "");
    if (errors == 0 || errors == count) return;
    sample.repeat = static_cast<std::uint32_t>(count - errors);
    Sample failed = sample;
    failed.repeat = static_cast<std::uint32_t>(errors);
    failed.outcome = out_->outcome("error", "error");
    failed.bytes_received = 0;  // the row's bytes are a sum, and counted already
    failed.bytes_sent = 0;
    out_->samples.push_back(failed);
    out_->origins.emplace_back();
  }

  std::uint16_t outcome(std::string_view code, bool success) {
    std::uint64_t status = 0;
    if (code.size() == 3 && read_digits(code, status)) [[likely]] {
      if (const std::uint16_t known = status_outcomes_[status * 2 + (success ? 1 : 0)]; known != kNoOutcome) {
        return known;
      }
    }
    return odd_outcome(plain(code), success);
  }

  [[gnu::noinline]] std::uint16_t odd_outcome(std::string_view code, bool success) {
    const auto make = [&](std::string_view text) {
      const Outcome made = jmeter_outcome(csv::unquote(text, scratch_), success);
      return out_->outcome(made.status, made.error_type);
    };
    if (std::uint64_t status = 0; code.size() == 3 && read_digits(code, status)) {
      return status_outcomes_[status * 2 + (success ? 1 : 0)] = make(code);
    }
    return outcomes_[success ? 1 : 0].get(code, make);
  }

  const Layout& front_;
  Layout layout_;
  std::string header_;  // that holds now; empty: that of the front
  const bool transactions_count_;
  SampleBatch* out_ = nullptr;
  csv::WalkBuffers buffers_;
  std::string scratch_;
  std::string reason_;
  LocalDates dates_;
  DimensionValues dimensions_;
  std::array<char, 5> time_start_{};  // of the last time stamp
  std::int64_t time_start_ns_ = 0;    // what these digits stand for

  std::uint32_t tables_version_ = 0;
  TextMemo<std::uint32_t> endpoints_;
  std::array<TextMemo<std::uint16_t>, 2> outcomes_;  // failed, succeeded
  std::array<std::uint16_t, 2000> status_outcomes_{};
  std::array<Told, 8> last_users_;
  std::uint64_t generator_ = 0;  // of the last sample whose users are known
  TextMemo<std::uint32_t> groups_;
  std::array<Told, 16> last_group_users_;
  std::array<Told, 256> last_thread_users_;
};

class Session final : public InputSession {
 public:
  Session(Layout layout, bool transactions_count)
      : layout_(std::move(layout)), transactions_count_(transactions_count) {}

  [[nodiscard]] std::unique_ptr<RecordParser> make_parser() const override {
    return std::make_unique<Parser>(layout_, transactions_count_);
  }
  [[nodiscard]] std::size_t header_bytes() const override { return layout_.header_bytes; }
  [[nodiscard]] std::unique_ptr<OrderedStage> make_ordered_stage() const override {
    return std::make_unique<Nesting>(layout_.has(Column::response_message));
  }
  [[nodiscard]] std::string note() const override {
    if (!transactions_count_) return layout_.note;
    return std::string(jmeter::kTransactionsNote) + (layout_.note.empty() ? "" : "; ") + layout_.note;
  }

 private:
  Layout layout_;
  bool transactions_count_;
};

class Format final : public InputFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "jmeter-csv"; }
  [[nodiscard]] std::string_view tool() const override { return "jmeter"; }
  [[nodiscard]] std::string_view description() const override { return "JMeter CSV results (JTL)"; }
  [[nodiscard]] std::vector<std::string_view> typical_names() const override {
    return {"timestamp",  "elapsed",    "label",   "responsecode",   "responsemessage",
            "threadname", "datatype",   "success", "failuremessage", "sentbytes",
            "grpthreads", "allthreads", "latency", "idletime",       "connect"};
  }

  [[nodiscard]] bool recognises(std::string_view head) const override { return find_layout(head).has_value(); }

  [[nodiscard]] Result<std::unique_ptr<InputSession>> open(std::string_view head,
                                                           const InputOptions& options) const override {
    const auto found = find_layout(head);
    const bool has_header = found && found->has_header;
    Layout layout = found.value_or(Layout{});
    if (!options.columns.empty() && !has_header) {
      layout = TRY(named_layout(head, options.columns));
    }
    if (!layout.has(Column::time_stamp) || !layout.has(Column::elapsed)) {
      const std::string map = mapping::suggested_map(names_in_header(head));
      return fail(
          ErrorCode::input,
          "this JTL file has no timeStamp or no elapsed column; " +
              (map.empty() ? ""
                           : "if its columns have other names, this reads it: " + map + "; if JMeter left them out, ") +
              "set jmeter.save.saveservice.timestamp_format=ms and jmeter.save.saveservice.time=true in JMeter");
    }
    TRY(find_forms(head, options, layout));
    const std::vector<std::string> names = options.columns.empty() ? names_in_header(head) : options.columns;
    layout.dimensions = options.dimensions;
    if (is_any_dimension(options.dimensions)) {
      layout.dimensions = useful_dimensions(head, names, layout);
      layout.note = joined_notes(layout.note, note_on_dimensions(layout.dimensions));
    }
    find_dimensions(names, layout);
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
