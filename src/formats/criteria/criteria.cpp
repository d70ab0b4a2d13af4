#include "formats/criteria/criteria.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <string>
#include <utility>

#include "base/try.h"
#include "base/utf8.h"
#include "base/yaml_size.h"
#include "formats/criteria/foreign.h"

namespace omniwriter {
namespace {

constexpr std::size_t kMaxBytes = 1 << 20;
constexpr std::size_t kMaxCriteria = 1000;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(kSpaces), text.size()));
  return text.substr(0, text.find_last_not_of(kSpaces) + 1);
}

std::unexpected<Error> at_line(std::size_t line, const Error& error) {
  return fail(ErrorCode::usage, fmt::format("line {}: {}", line, error.message));
}

std::size_t line_of(const YAML::Node& node) { return static_cast<std::size_t>(std::max(node.Mark().line, 0)) + 1; }

std::unexpected<Error> wrong(const YAML::Node& node, std::string message) {
  return at_line(line_of(node), {.code = ErrorCode::usage, .message = std::move(message)});
}

// Null where there is none.
YAML::Node member(const YAML::Node& group, const char* name) {
  const YAML::Node found = group[name];
  return found.IsDefined() ? found : YAML::Node();
}

class CriteriaFile {
 public:
  Result<std::vector<Criterion>> read(std::string_view bytes) {
    if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
    if (bytes.size() > kMaxBytes) return fail(ErrorCode::usage, "a file of criteria has at most 1 MiB");
    auto document = load(bytes);
    if (document && is_document(*document)) {
      TRY(read_document(*document));
    } else if (!document && (bytes.starts_with("{") || bytes.starts_with("["))) {
      return std::unexpected(document.error());
    } else {
      TRY(read_lines(bytes));
    }
    if (criteria_.empty()) return fail(ErrorCode::usage, "there is no criterion in the file");
    return std::move(criteria_);
  }

 private:
  static Result<YAML::Node> load(std::string_view bytes) {
    try {
      const std::string text(bytes);
      if (yaml_nodes(text) > kMaxYamlNodes) return fail(ErrorCode::usage, "a file of criteria is too large");
      return YAML::Load(text);
    } catch (const std::exception& error) {
      return fail(ErrorCode::usage,
                  fmt::format("a file of criteria is no valid YAML: {}", clean_utf8(error.what(), 200)));
    }
  }

  // "http_req_duration: p(95)<500" is a line, though YAML takes it for a group.
  static bool is_document(const YAML::Node& node) {
    if (node.IsSequence()) return true;
    if (!node.IsMap()) return false;
    return std::ranges::any_of(node,
                               [](const auto& entry) { return !entry.second.IsScalar() && !entry.second.IsNull(); });
  }

  Result<void> read_document(const YAML::Node& root) {
    if (root.IsSequence()) return read_own(root, false);
    bool known = false;
    const auto found = [&](const YAML::Node& node) {
      known = known || !node.IsNull();
      return !node.IsNull();
    };
    const YAML::Node options = member(root, "options");
    const YAML::Node k6 = options.IsMap() ? member(options, "thresholds") : member(root, "thresholds");
    if (found(member(root, "ensure"))) {
      TRY(read_artillery(member(root, "ensure")));
    } else if (const YAML::Node config = member(root, "config"); config.IsMap() && found(member(config, "ensure"))) {
      TRY(read_artillery(member(config, "ensure")));
    } else if (found(k6)) {
      TRY(read_k6(k6));
    }
    if (found(member(root, "reporting"))) TRY(read_taurus(member(root, "reporting")));
    if (found(member(root, "assertions"))) TRY(read_gatling(member(root, "assertions")));
    if (found(member(root, "criteria"))) TRY(read_own(member(root, "criteria"), false));
    if (found(member(root, "warnings"))) TRY(read_own(member(root, "warnings"), true));
    if (known) return {};
    return read_k6(root);  // thresholds without the word
  }

  Result<void> add(const YAML::Node& at, Result<Criterion> criterion, bool only_warns = false) {
    if (!criterion) return at_line(line_of(at), criterion.error());
    if (criteria_.size() == kMaxCriteria) return fail(ErrorCode::usage, "a file has at most 1000 criteria");
    criterion->only_warns = criterion->only_warns || only_warns;
    criteria_.push_back(*std::move(criterion));
    return {};
  }

  Result<void> read_own(const YAML::Node& list, bool only_warn) {
    if (list.IsScalar()) return add(list, parse_criterion(list.Scalar()), only_warn);
    if (!list.IsSequence()) return wrong(list, "criteria are a list of texts, as in [\"p95<300ms\"]");
    for (const auto& entry : list) {
      if (entry.IsMap() && !member(entry, "threshold").IsNull()) {
        TRY(read_threshold(entry, ""));
      } else if (entry.IsMap() && entry.size() == 1 && entry.begin()->first.IsScalar() &&
                 entry.begin()->second.IsScalar()) {
        // "- errors: rate<1%" without quotes
        TRY(add(entry, parse_criterion(entry.begin()->first.Scalar() + ": " + entry.begin()->second.Scalar()),
                only_warn));
      } else if (entry.IsScalar()) {
        TRY(add(entry, parse_criterion(entry.Scalar()), only_warn));
      } else {
        return wrong(entry, "criteria are a list of texts, as in [\"p95<300ms\"]");
      }
    }
    return {};
  }

  Result<void> read_k6(const YAML::Node& thresholds) {
    if (!thresholds.IsMap()) return wrong(thresholds, "thresholds of k6 are lists by metric");
    for (const auto& entry : thresholds) {
      const std::string metric = entry.first.IsScalar() ? entry.first.Scalar() : "";
      if (entry.second.IsScalar()) {
        TRY(add(entry.second, parse_criterion(metric + ": " + entry.second.Scalar())));
        continue;
      }
      if (!entry.second.IsSequence()) return wrong(entry.second, "thresholds of k6 are lists by metric");
      for (const auto& one : entry.second) TRY(read_threshold(one, metric));
    }
    return {};
  }

  // {threshold: "p(95)<500", abortOnFail: true, delayAbortEval: "10s"}
  Result<void> read_threshold(const YAML::Node& node, const std::string& metric) {
    const std::string about = metric.empty() ? "" : metric + ": ";
    if (node.IsScalar()) return add(node, parse_criterion(about + node.Scalar()));
    if (!node.IsMap() || !member(node, "threshold").IsScalar())
      return wrong(node, "a threshold of k6 is a text, or a group with \"threshold\"");
    TRY(add(node, parse_criterion(about + member(node, "threshold").Scalar())));
    Criterion& criterion = criteria_.back();
    if (const YAML::Node abort = member(node, "abortOnFail"); abort.IsScalar())
      criterion.abort_on_fail = abort.Scalar() == "true";
    if (const YAML::Node delay = member(node, "delayAbortEval"); delay.IsScalar()) {
      // Read as the time of a criterion is.
      const auto timed = parse_criterion("p95<1 for " + delay.Scalar());
      if (!timed) return wrong(delay, "delayAbortEval is a time such as 10s or 1m30s");
      criterion.delay_abort_eval = std::chrono::ceil<std::chrono::seconds>(timed->hold);
    }
    return {};
  }

  Result<void> read_taurus(const YAML::Node& reporting) {
    if (!reporting.IsSequence()) return wrong(reporting, "reporting of Taurus is a list of modules");
    for (const auto& module : reporting) {
      if (!module.IsMap() || !member(module, "module").IsScalar() || member(module, "module").Scalar() != "passfail")
        continue;
      const YAML::Node list =
          !member(module, "criteria").IsNull() ? member(module, "criteria") : member(module, "criterias");
      if (list.IsNull()) continue;
      if (!list.IsSequence() && !list.IsMap())
        return wrong(list, "criteria of passfail are a list, or a group of texts");
      for (auto at = list.begin(); at != list.end(); ++at) {
        const YAML::Node one = list.IsMap() ? at->second : YAML::Node(*at);
        TRY(add(one, taurus(one)));
      }
    }
    return {};
  }

  static Result<Criterion> taurus(const YAML::Node& one) {
    if (one.IsScalar()) return criterion_of_taurus(one.Scalar());
    const auto text = [&](const char* name, std::string_view otherwise) {
      return one.IsMap() && member(one, name).IsScalar() ? member(one, name).Scalar() : std::string(otherwise);
    };
    if (text("subject", "").empty() || text("threshold", "").empty()) {
      return fail(ErrorCode::usage, "a criterion of passfail is a text, or a group with \"subject\" and \"threshold\"");
    }
    return criterion_of_taurus({.subject = text("subject", ""),
                                .label = text("label", ""),
                                .condition = text("condition", ">"),
                                .threshold = text("threshold", ""),
                                .logic = text("logic", "for"),
                                .timeframe = text("timeframe", ""),
                                .stop = text("stop", "true") != "false",
                                .fail = text("fail", "true") != "false"});
  }

  Result<void> read_artillery(const YAML::Node& ensure) {
    if (!ensure.IsMap()) return wrong(ensure, "ensure of Artillery is a group");
    for (const auto& entry : ensure) {
      const std::string name = entry.first.IsScalar() ? entry.first.Scalar() : "";
      if (name == "thresholds" && entry.second.IsSequence()) {
        for (const auto& one : entry.second) {
          if (!one.IsMap())
            return wrong(one, "a threshold of Artillery is a group, as in {http.response_time.p99: 250}");
          for (const auto& bound : one) {
            TRY(add(one, criterion_of_artillery(bound.first.Scalar() + " < " + bound.second.Scalar())));
          }
        }
      } else if (name == "conditions" && entry.second.IsSequence()) {
        for (const auto& one : entry.second) TRY(read_condition(one));
      } else if (name == "maxErrorRate" && entry.second.IsScalar()) {
        TRY(add(entry.second, parse_criterion("errors<=" + entry.second.Scalar() + "%")));
      } else if (entry.second.IsScalar()) {
        TRY(add(entry.second, criterion_of_artillery("http.response_time." + name + " < " + entry.second.Scalar())));
      } else {
        return wrong(entry.second,
                     "ensure of Artillery has thresholds, conditions, maxErrorRate, min, max, median, p95, p99");
      }
    }
    return {};
  }

  // {expression: "http.response_time.p95 < 250 and http.request_rate > 1000", strict: true}
  Result<void> read_condition(const YAML::Node& node) {
    constexpr std::string_view kAnd = " and ";
    if (!node.IsMap() || !member(node, "expression").IsScalar())
      return wrong(node, "a condition of Artillery has an \"expression\"");
    const bool only_warns = member(node, "strict").IsScalar() && member(node, "strict").Scalar() == "false";
    const std::string expression = member(node, "expression").Scalar();
    std::string_view rest = expression;
    while (true) {
      const std::size_t end = rest.find(kAnd);
      TRY(add(node, criterion_of_artillery(rest.substr(0, end)), only_warns));
      if (end == std::string_view::npos) return {};
      rest.remove_prefix(end + kAnd.size());
    }
  }

  // js/assertions.json of a report
  Result<void> read_gatling(const YAML::Node& assertions) {
    if (!assertions.IsSequence()) return wrong(assertions, "assertions of Gatling are a list");
    for (const auto& one : assertions) {
      if (!one.IsMap() || !member(one, "message").IsScalar())
        return wrong(one, "an assertion of Gatling has a \"message\"");
      TRY(add(one, criterion_of_gatling(member(one, "message").Scalar())));
    }
    return {};
  }

  Result<void> read_lines(std::string_view bytes) {
    for (std::size_t number = 1; !bytes.empty(); ++number) {
      const std::size_t end = bytes.find('\n');
      std::string_view line = trimmed(bytes.substr(0, end));
      bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
      if (line.empty() || line.starts_with('#')) continue;
      const bool only_warns = line.starts_with("warn ");
      if (only_warns) line = trimmed(line.substr(sizeof("warn")));
      auto criterion = is_gatling(line) ? criterion_of_gatling(line) : parse_criterion(line);
      if (!criterion) return at_line(number, criterion.error());
      if (criteria_.size() == kMaxCriteria) return fail(ErrorCode::usage, "a file has at most 1000 criteria");
      criterion->only_warns = only_warns;
      criteria_.push_back(*std::move(criterion));
    }
    return {};
  }

  std::vector<Criterion> criteria_;
};

}  // namespace

Result<std::vector<Criterion>> read_criteria(std::string_view bytes) {
  try {
    return CriteriaFile().read(bytes);
  } catch (const YAML::Exception& error) {  // a node that is not what it is taken for
    return fail(ErrorCode::usage,
                fmt::format("a file of criteria is no valid YAML: {}", clean_utf8(error.what(), 200)));
  }
}

}  // namespace omniwriter
