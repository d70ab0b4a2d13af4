#include "support/input_driver.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <memory>
#include <random>
#include <utility>

#include "model/aggregator.h"

namespace omniwriter::test {
namespace {

std::string describe(const ParsedSample& s) {
  return fmt::format("{} +{} ns, {} in, {} out, \"{}\", {}/{}, {}, x{}, phases {}, \"{}\"", s.sample.start_ns,
                     s.sample.duration_ns, s.sample.bytes_received, s.sample.bytes_sent, s.endpoint, s.outcome.status,
                     s.outcome.error_type, name_of(s.sample.kind), s.sample.repeat, fmt::join(s.detail.phase_ns, ", "),
                     s.message);
}

std::string describe(const ActiveUsers& u) { return fmt::format("{} users at {}", u.users, u.time_ns); }

std::string describe(const Remark& r) {
  return fmt::format("{} remarks of kind {}", r.count, static_cast<int>(r.kind));
}

std::string describe(const BadRecord& b) { return fmt::format("line {}: {}", b.line, b.reason); }

template <typename T>
std::string first_difference(const char* what, const std::vector<T>& a, const std::vector<T>& b) {
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (describe(a[i]) != describe(b[i]))
      return fmt::format("{} {}: {} | {}\n", what, i, describe(a[i]), describe(b[i]));
  }
  if (a.size() == b.size()) return {};
  const auto& longer = a.size() > b.size() ? a : b;
  return fmt::format("{}: {} | {}, the first more: {}\n", what, a.size(), b.size(),
                     describe(longer[std::min(a.size(), b.size())]));
}

std::vector<BadRecord> placed(const InputSession& session, std::vector<BadRecord> bad_records) {
  if (!session.splittable()) {
    for (BadRecord& bad : bad_records) bad.line = 0;
  }
  return bad_records;
}

// What is wrong with what is known of a sample besides; empty where nothing is.
std::string add_detail(const SampleBatch& batch, ParsedSample& sample) {
  const std::uint32_t at = std::exchange(sample.sample.detail, 0);
  if (at == 0) return {};
  if (at > batch.details.size()) return "a sample with a detail that its batch does not have";
  sample.detail = batch.details[at - 1];
  const std::uint32_t message = std::exchange(sample.detail.message, 0);
  if (message > batch.messages().size()) return "a message that its batch does not know";
  if (message != 0) sample.message = batch.messages()[message - 1];
  if (message != 0 && sample.outcome.error_type.empty()) return "a message of a request that went well";
  const auto is_phase = [](std::int64_t ns) { return ns >= SampleDetail::kUnknown; };
  if (!std::ranges::all_of(sample.detail.phase_ns, is_phase)) return "a phase of negative length";
  const bool says_nothing = message == 0 && sample.detail.phase_ns == SampleDetail().phase_ns &&
                            sample.detail.dimensions == SampleDetail().dimensions;
  return says_nothing ? "a detail that says nothing" : "";
}

void append(ParsedFile& file, const SampleBatch& batch) {
  std::uint32_t last_detail = 0;
  for (const Sample& sample : batch.samples) {
    if (sample.endpoint >= batch.endpoints().size() || sample.outcome >= batch.outcomes().size()) {
      file.violation = "a sample with an id that its batch does not know";
      return;
    }
    ParsedSample parsed{sample, batch.endpoints()[sample.endpoint], batch.outcomes()[sample.outcome], {}, {}};
    parsed.sample.endpoint = 0;
    parsed.sample.outcome = 0;
    if (sample.detail != 0 && std::exchange(last_detail, sample.detail) == sample.detail) {
      file.violation = "two samples with the same detail";
    }
    if (const std::string wrong = add_detail(batch, parsed); !wrong.empty()) file.violation = wrong;
    if (sample.duration_ns < 0) file.violation = "a negative duration";
    file.samples.push_back(std::move(parsed));
  }
  std::ranges::copy_if(batch.active_users, std::back_inserter(file.active_users),
                       [](const ActiveUsers& point) { return point.scenario == 0; });
  for (BadRecord bad : batch.bad_records) {
    if (bad.line == 0) file.violation = "a bad record in line 0";
    bad.line += file.lines;
    file.bad_records.push_back(std::move(bad));
  }
  file.bad_record_count += batch.bad_record_count;
  for (Remark remark : batch.remarks) {
    const auto known = std::ranges::find(file.remarks, remark.kind, &Remark::kind);
    if (known != file.remarks.end()) {
      known->count += remark.count;
    } else {
      remark.line += file.lines;
      file.remarks.push_back(std::move(remark));
    }
  }
  file.unattributed_received += batch.unattributed_received;
  file.unattributed_sent += batch.unattributed_sent;
}

}  // namespace

std::vector<ParsedSample> ParsedFile::of(SampleKind kind) const {
  std::vector<ParsedSample> found;
  for (const ParsedSample& one : samples) {
    if (one.sample.kind == kind) found.push_back(one);
  }
  return found;
}

std::uint64_t ParsedFile::count(SampleKind kind, bool errors_only) const {
  std::uint64_t total = 0;
  for (const ParsedSample& s : samples) {
    if (s.sample.kind == kind && (!errors_only || !s.outcome.error_type.empty())) total += s.sample.repeat;
  }
  return total;
}

ParsedFile parse_in_chunks(const InputSession& session, std::string_view content,
                           const std::vector<std::size_t>& cuts) {
  ParsedFile file;
  std::size_t done = session.header_bytes();
  if (done > content.size()) {
    file.violation = "the header is longer than the file";
    return file;
  }
  file.lines = static_cast<std::uint64_t>(std::count(content.data(), content.data() + done, '\n'));
  const std::unique_ptr<RecordParser> parser = session.make_parser();
  SampleBatch batch;
  const std::unique_ptr<OrderedStage> stage = session.make_ordered_stage();
  for (std::size_t chunk = 0; chunk <= cuts.size(); ++chunk) {
    const bool last = chunk == cuts.size();
    const std::size_t end = last ? content.size() : std::clamp(cuts[chunk], done, content.size());
    const std::size_t size = end - done;
    // A copy of its own, so that a sanitizer sees reads past the padding.
    const auto copy = std::make_unique<char[]>(size + RecordParser::kPadding);
    std::copy_n(content.data() + done, size, copy.get());
    for (std::size_t i = 0; i < RecordParser::kPadding; ++i) copy[size + i] = "\",\n1<>\\}"[i % 8];
    const ParseResult result = parser->parse({copy.get(), size}, last, batch);
    if (stage) stage->apply(batch);
    append(file, batch);
    if (result.consumed > size) file.violation = "consumed more than there is";
    if (last && result.consumed != size) file.violation = "did not consume the last chunk whole";
    if (!file.violation.empty()) return file;
    const auto lines = static_cast<std::uint64_t>(std::count(copy.get(), copy.get() + result.consumed, '\n'));
    if (lines != result.lines) {
      file.violation = fmt::format("counted {} newlines where there are {}", result.lines, lines);
      return file;
    }
    file.lines += lines;
    done += result.consumed;
    batch.clear_samples();
    batch.clear_tables_if_large();
  }
  if (stage) {
    stage->finish(batch);
    append(file, batch);
    file.note = stage->note();
  }
  return file;
}

ParsedFile parse_file(const InputFormat& format, std::string_view content, const InputOptions& options) {
  ParsedFile file;
  const std::string_view head = content.substr(0, InputFormat::kHeadBytes);
  const auto session = format.open(head, options);
  if (!format.recognises(head) && !format.chosen_by(head, options)) {
    file.violation = "not recognised";
  } else if (!session) {
    file.violation = session.error().message;
  } else {
    file = parse_in_chunks(**session, content, {});
  }
  return file;
}

std::string difference(const InputSession& session, const ParsedFile& a, const ParsedFile& b) {
  std::string text = first_difference("sample", a.samples, b.samples);
  if (!session.splittable()) text += first_difference("active users", a.active_users, b.active_users);
  // Each batch keeps the first of its bad records: beyond that the lists depend on the chunks.
  if (a.bad_record_count == a.bad_records.size() && b.bad_record_count == b.bad_records.size()) {
    text += first_difference("bad record", placed(session, a.bad_records), placed(session, b.bad_records));
  }
  const auto number = [&](const char* what, std::uint64_t x, std::uint64_t y) {
    if (x != y) text += fmt::format("{}: {} | {}\n", what, x, y);
  };
  number("bad records", a.bad_record_count, b.bad_record_count);
  text += first_difference("remark", a.remarks, b.remarks);
  number("bytes received by no request", a.unattributed_received, b.unattributed_received);
  number("bytes sent by no request", a.unattributed_sent, b.unattributed_sent);
  number("lines", a.lines, b.lines);
  if (a.violation != b.violation) text += fmt::format("violation: {} | {}\n", a.violation, b.violation);
  return text;
}

Run run_of_file(const InputFormat& format, const std::string& content, const InputOptions& options) {
  const auto session = format.open(std::string_view(content).substr(0, InputFormat::kHeadBytes), options);
  if (!session) return {};
  std::string bytes = content.substr((*session)->header_bytes());
  const std::size_t size = bytes.size();
  bytes.append(RecordParser::kPadding, '\0');
  SampleBatch batch;
  (*session)->make_parser()->parse(std::string_view(bytes).substr(0, size), true, batch);
  if (const auto stage = (*session)->make_ordered_stage()) {
    stage->apply(batch);
    stage->finish(batch);
  }
  Aggregator aggregator;
  Aggregator::Feed feed;
  aggregator.add(batch, feed);
  return aggregator.finish();
}

std::string misbehaviour(const InputFormat& format, std::string_view content) {
  const std::string_view head = content.substr(0, InputFormat::kHeadBytes);
  static_cast<void>(format.recognises(head));
  const auto session = format.open(head, {});
  if (!session) return session.error().message.empty() ? "an error without message" : "";

  const ParsedFile whole = parse_in_chunks(**session, content, {});
  if (!whole.violation.empty()) return whole.violation;

  // The same bytes give the same cuts, so that what was found once is found again.
  std::minstd_rand random(static_cast<std::uint32_t>(std::hash<std::string_view>{}(content) | 1));
  for (const std::size_t pieces : {std::size_t{1}, std::size_t{3}, std::size_t{20}, content.size()}) {
    if (pieces > 512) continue;
    std::vector<std::size_t> cuts(pieces);
    for (std::size_t& cut : cuts) cut = random() % (content.size() + 1);
    std::sort(cuts.begin(), cuts.end());
    const std::string differs = difference(**session, whole, parse_in_chunks(**session, content, cuts));
    if (!differs.empty()) return fmt::format("chunks cut at {}: {}", fmt::join(cuts, ", "), differs);
  }
  return {};
}

}  // namespace omniwriter::test
