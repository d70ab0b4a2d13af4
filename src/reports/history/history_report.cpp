#include "reports/history/history_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/rfc3339.h"
#include "reports/display_width.h"
#include "reports/format_numbers.h"
#include "reports/html/html_text.h"
#include "reports/markdown/markdown_text.h"
#include "reports/terminal/sparkline.h"
#include "reports/verdict_text.h"

namespace omniwriter {
namespace {

using Json = nlohmann::ordered_json;

struct Words {
  std::string_view title, run, started, verdict, change, level, noise, unknown_noise, outlying, level_changed, none;
};

const Words& words(Language language) {
  static const Words kPortuguese{"Histórico",
                                 "Execução",
                                 "Início",
                                 "Veredito",
                                 "Mudança",
                                 "novo nível",
                                 "Execuções iguais diferem em ±{} (um desvio padrão, medido)",
                                 "Quanto diferem execuções iguais só se sabe a partir de quatro delas",
                                 "atípica",
                                 "{}: de {} a {} ({}) desde {}",
                                 "Nenhuma mudança de nível"};
  static const Words kEnglish{"History",
                              "Run",
                              "Started",
                              "Verdict",
                              "Change",
                              "new level",
                              "Equal runs differ by ±{} (one standard deviation, measured)",
                              "How much equal runs differ is known from four runs on",
                              "outlying",
                              "{}: from {} to {} ({}) since {}",
                              "No change of level"};
  return language == Language::pt_br ? kPortuguese : kEnglish;
}

const HistoryMetric& chosen(const HistoryInput& input) {
  const auto& metrics = input.history.metrics;
  const auto found = std::ranges::find(metrics, input.metric, &HistoryMetric::name);
  return found == metrics.end() ? metrics.front() : *found;
}

std::string value_text(const HistoryMetric& metric, const std::optional<double>& value, Language language) {
  return value ? format_value(*value, metric.unit, language) : "–";
}

/// What is to be said of one value beside it.
std::string mark_of(const HistoryMetric& metric, std::size_t run, Language language) {
  for (const ChangePoint& change : metric.changes) {
    if (change.first == run) {
      return fmt::format("{} {}", words(language).level, format_change(change.after / change.before - 1, language));
    }
  }
  return metric.outlying[run] ? std::string(words(language).outlying) : "";
}

std::string noise_text(const HistoryMetric& metric, Language language) {
  if (!metric.noise) return std::string(words(language).unknown_noise);
  return fmt::format(fmt::runtime(words(language).noise), format_percent(*metric.noise, language));
}

std::vector<std::string> changes_text(const HistoryInput& input, const HistoryMetric& metric, Language language) {
  std::vector<std::string> lines;
  for (const ChangePoint& change : metric.changes) {
    lines.push_back(fmt::format(fmt::runtime(words(language).level_changed), metric.name,
                                value_text(metric, change.before, language), value_text(metric, change.after, language),
                                format_change(change.after / change.before - 1, language),
                                input.runs[change.first].info.run_id));
  }
  if (lines.empty()) lines.emplace_back(words(language).none);
  return lines;
}

struct Scale {
  double base = 0;
  double top = 0;
};

/// From a little below the least to the greatest, so that changes show, and what is nearly the same looks like it.
Scale scale_of(const HistoryMetric& metric) {
  double least = std::numeric_limits<double>::infinity();
  double most = 0;
  for (const auto& value : metric.values) {
    if (!value) continue;
    least = std::min(least, *value);
    most = std::max(most, *value);
  }
  return {std::max(0.0, least - std::max((most - least) / 4, least / 10)), most};
}

std::vector<double> scaled(const HistoryMetric& metric) {
  const auto [base, top] = scale_of(metric);
  std::vector<double> heights;
  for (const auto& value : metric.values) heights.push_back(value ? top > base ? *value - base : 1 : 0);
  return heights;
}

using Row = std::array<std::string, 5>;

std::vector<Row> rows_of(const HistoryInput& input, const HistoryMetric& metric, Language language) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < input.runs.size(); ++i) {
    rows.push_back({input.runs[i].info.run_id, format_instant(input.runs[i].started_ns),
                    input.verdicts[i].empty() ? "–" : std::string(verdict_word(input.verdicts[i], language)),
                    value_text(metric, metric.values[i], language), mark_of(metric, i, language)});
  }
  return rows;
}

/// A curve of a metric, with a line where the level changed.
std::string chart(const HistoryInput& input, const HistoryMetric& metric, Language language) {
  constexpr double kWidth = 900;
  constexpr double kHeight = 120;
  constexpr double kLabels = 70;
  const std::vector<double> heights = scaled(metric);
  const double most = std::max(1e-300, *std::ranges::max_element(heights));
  const auto x = [&](std::size_t i) {
    return kLabels + (static_cast<double>(i) + 0.5) * (kWidth - kLabels) / static_cast<double>(heights.size());
  };
  std::string svg = fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">", kWidth, kHeight + 10,
                                html_text(metric.name));
  const auto [base, top] = scale_of(metric);
  for (const auto& [value, y] : {std::pair(top, 14.0), std::pair(base, kHeight + 5)}) {
    svg += fmt::format("<text x=\"0\" y=\"{}\">{}</text>", y, value_text(metric, value, language));
  }
  for (const ChangePoint& change : metric.changes) {
    const double at = x(change.first) - (kWidth - kLabels) / static_cast<double>(heights.size()) / 2;
    svg += fmt::format("<line class=\"change\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"0\" y2=\"{1}\"/>", at, kHeight + 10);
  }
  std::string points;
  std::string dots;
  for (std::size_t i = 0; i < heights.size(); ++i) {
    if (!metric.values[i]) continue;
    const double y = 5 + kHeight * (1 - heights[i] / most);
    points += fmt::format("{:.1f},{:.1f} ", x(i), y);
    dots += fmt::format("<circle class=\"{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\"><title>{} · {} · {}</title></circle>",
                        metric.outlying[i] ? "outlying" : "run", x(i), y, html_text(input.runs[i].info.run_id),
                        format_instant(input.runs[i].started_ns), value_text(metric, metric.values[i], language));
  }
  return svg + fmt::format("<polyline points=\"{}\"/>{}</svg>\n", points, dots);
}

Json known(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

}  // namespace

std::string history_text(const HistoryInput& input, Language language, int columns) {
  const HistoryMetric& metric = chosen(input);
  const Words& say = words(language);
  std::string text = fmt::format("{} · {} · {}\n\n", say.title, visible_text(input.test_name), metric.name);
  std::vector<double> heights = scaled(metric);
  const auto room = static_cast<std::size_t>(std::max(columns - 2, 20));
  if (heights.size() > room) heights.erase(heights.begin(), heights.end() - static_cast<std::ptrdiff_t>(room));
  text += fmt::format(" {}\n\n", sparkline(heights));
  std::vector<Row> rows{{std::string(say.run), std::string(say.started), std::string(say.verdict), metric.name, ""}};
  for (Row& row : rows_of(input, metric, language)) {
    row[0] = visible_text(row[0]);
    rows.push_back(std::move(row));
  }
  std::array<int, std::tuple_size_v<Row>> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
  }
  constexpr std::size_t kValue = 3;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += i == 0 ? " " : "  ";
      line += i == kValue ? padded_left(row[i], widths[i]) : padded_right(row[i], widths[i]);
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  text += "\n";
  for (const std::string& line : changes_text(input, metric, language)) text += " " + visible_text(line) + "\n";
  return text + " " + noise_text(metric, language) + "\n";
}

std::string history_json(const HistoryInput& input) {
  Json runs = Json::array();
  for (std::size_t i = 0; i < input.runs.size(); ++i) {
    const RunDigest& run = input.runs[i];
    Json values = Json::object();
    for (const HistoryMetric& metric : input.history.metrics) values[metric.name] = known(metric.values[i]);
    Json outlying = Json::array();
    for (const HistoryMetric& metric : input.history.metrics) {
      if (metric.outlying[i]) outlying.push_back(metric.name);
    }
    runs.push_back({{"run_id", run.info.run_id},
                    {"started", format_rfc3339(run.started_ns)},
                    {"duration_seconds", run.duration_seconds()},
                    {"verdict", input.verdicts[i].empty() ? Json(nullptr) : Json(input.verdicts[i])},
                    {"values", std::move(values)},
                    {"outlying", std::move(outlying)}});
  }
  Json metrics = Json::object();
  for (const HistoryMetric& metric : input.history.metrics) {
    Json changes = Json::array();
    for (const ChangePoint& change : metric.changes) {
      changes.push_back({{"run_id", input.runs[change.first].info.run_id},
                         {"before", change.before},
                         {"after", change.after},
                         {"p", change.p}});
    }
    metrics[metric.name] = {{"noise", known(metric.noise)}, {"changes", std::move(changes)}};
  }
  const Json history{{"test_name", input.test_name}, {"runs", std::move(runs)}, {"metrics", std::move(metrics)}};
  return history.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string history_markdown(const HistoryInput& input, Language language) {
  const HistoryMetric& metric = chosen(input);
  const Words& say = words(language);
  std::string text = fmt::format("# {}: {}\n\n", say.title, markdown_text(input.test_name));
  text +=
      fmt::format("| {} | {} | {} | {} | |\n|---|---|---|---:|---|\n", say.run, say.started, say.verdict, metric.name);
  for (const Row& row : rows_of(input, metric, language)) {
    text += "|";
    for (const std::string& cell : row) text += fmt::format(" {} |", markdown_text(cell));
    text += "\n";
  }
  text += "\n";
  for (const std::string& line : changes_text(input, metric, language)) {
    text += fmt::format("- {}\n", markdown_text(line));
  }
  return text + fmt::format("- {}\n", noise_text(metric, language));
}

std::string history_html(const HistoryInput& input, Language language) {
  const Words& say = words(language);
  std::string page = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{} · {}</title>\n"
      "<style>:root{{color-scheme:light dark}}body{{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem "
      "auto;padding:0 "
      "1rem}}svg{{width:100%;height:auto}}text{{font-size:12px;fill:#888}}polyline{{fill:none;stroke:#3274d9;stroke-"
      "width:1.5}}"
      "circle.run{{fill:#3274d9}}circle.outlying{{fill:#e0752d;r:5}}line.change{{stroke:#e02f44;stroke-dasharray:4 3}}"
      "table{{border-collapse:collapse;width:100%}}th,td{{text-align:left;padding:.2rem .6rem;border-bottom:1px solid "
      "#8884}}td:nth-child(4){{text-align:right}}</style>\n</head>\n<body>\n<h1>{}: {}</h1>\n",
      tag_of(language), say.title, html_text(input.test_name), say.title, html_text(input.test_name));
  for (const HistoryMetric& metric : input.history.metrics) {
    if (std::ranges::none_of(metric.values, [](const auto& value) { return value.has_value(); })) continue;
    page += fmt::format("<h2>{}</h2>\n{}", html_text(metric.name), chart(input, metric, language));
    if (metric.unit == ValueUnit::ratio) continue;
    for (const std::string& line : changes_text(input, metric, language)) {
      page += fmt::format("<p>{}</p>\n", html_text(line));
    }
    page += fmt::format("<p>{}</p>\n", html_text(noise_text(metric, language)));
  }
  const HistoryMetric& metric = chosen(input);
  page += fmt::format("<h2>{}</h2>\n<table>\n<tr><th>{}</th><th>{}</th><th>{}</th><th>{}</th><th></th></tr>\n",
                      say.title, say.run, say.started, say.verdict, html_text(metric.name));
  for (const Row& row : rows_of(input, metric, language)) {
    page += "<tr>";
    for (const std::string& cell : row) page += fmt::format("<td>{}</td>", html_text(cell));
    page += "</tr>\n";
  }
  return page + "</table>\n</body>\n</html>\n";
}

}  // namespace omniwriter
