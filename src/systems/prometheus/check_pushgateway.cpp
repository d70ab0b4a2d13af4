#include <fmt/format.h>

#include <charconv>
#include <chrono>

#include "base/utf8.h"
#include "model/load_test_metrics.h"
#include "systems/probe.h"
#include "systems/prometheus/prometheus.h"

namespace omniwriter {
namespace {

using Json = nlohmann::json;

constexpr std::chrono::hours kStaleGroup{24};
constexpr std::string_view kPushedJob = "load_test";

Localized age(double seconds) {
  const auto hours = static_cast<std::int64_t>(seconds / 3600);
  return hours < 48 ? Localized{fmt::format("{} h", hours), fmt::format("{} h", hours)}
                    : Localized{fmt::format("{} dias", hours / 24), fmt::format("{} days", hours / 24)};
}

/// How to delete a group of the Pushgateway; empty where its labels do not fit into a path as they are.
std::string delete_group(const std::string& url, const Json& group) {
  const Json::json_pointer at("/labels");
  const std::string job = text_at(group, "/labels/job");
  const auto fits = [](const std::string& text) { return !text.empty() && text.find('/') == std::string::npos; };
  if (!group.contains(at) || !group[at].is_object() || !fits(job)) return {};
  std::string path = "/metrics/job/" + url_encode(job);
  for (const auto& [name, value] : group[at].items()) {
    if (name == "job") continue;
    const std::string text = value.is_string() ? value.get<std::string>() : "";
    if (!fits(text)) return {};
    path += fmt::format("/{}/{}", url_encode(name), url_encode(text));
  }
  return "curl -X DELETE " + join_url(url, path);
}

/// The Pushgateway takes a metric under one type only, in whatever group: another program's metric of the same name and
/// another type keeps every one of ours out.
void check_types(Probe& probe, const std::string& url, const Json& groups) {
  static const auto kFamilies = load_test_families();
  for (const Json& group : groups) {
    for (const MetricFamily& family : kFamilies) {
      const std::string found = text_at(group, fmt::format("/{}/type", family.name));
      const char* wanted = family.type == MetricType::counter ? "COUNTER"
                           : family.type == MetricType::gauge ? "GAUGE"
                                                              : "HISTOGRAM";
      if (found.empty() || found == wanted) continue;
      const std::string type = clean_utf8(found, kShownNameBytes);
      const std::string labels = clean_utf8(
          group.value("labels", Json::object()).dump(-1, ' ', false, Json::error_handler_t::replace), kShownQuoteBytes);
      const std::string command = delete_group(url, group);
      const std::string behind = command.empty() ? "" : ": " + command;
      return probe.fault("pushgateway_type_clash",
                         {fmt::format("{} já está lá como {}, no grupo {}: nenhum {} com esse nome pode ser enviado",
                                      family.name, type, labels, wanted),
                          fmt::format("{} is there as {} already, in the group {}: no {} of that name can be pushed",
                                      family.name, type, labels, wanted)},
                         {"apague esse grupo" + behind, "delete that group" + behind});
    }
  }
}

/// A Pushgateway keeps the last word of a run for ever: long after it, dashboards and alerts still see it as current.
void check_groups(Probe& probe, const std::string& url) {
  const auto response = probe.get("/api/v1/metrics");
  if (!response || !response->ok()) return;
  const Json json = parsed(*response);
  const bool listed = !json.is_discarded() && json.contains("data") && json["data"].is_array();
  if (listed) check_types(probe, url, json["data"]);
  if (!listed) {
    return probe.advice(
        "pushgateway_groups_unknown",
        {"a lista de grupos do Pushgateway não pode ser lida, ou passa de 16 MiB",
         "the list of groups in the Pushgateway cannot be read, or is larger than 16 MiB"},
        {"remova os grupos de que ninguém mais precisa", "remove the groups that nobody needs any more"});
  }
  const double now = static_cast<double>(probe.clock().wall_ns()) / 1e9;
  std::size_t stale = 0;
  double oldest_age = 0;
  std::string oldest;
  for (const Json& group : json["data"]) {
    if (text_at(group, "/labels/job") != kPushedJob) continue;
    const std::string pushed = text_at(group, "/push_time_seconds/metrics/0/value");
    double pushed_at = 0;
    if (std::from_chars(pushed.data(), pushed.data() + pushed.size(), pushed_at).ec != std::errc{}) continue;
    if (pushed_at <= 0) continue;  // no push to it has ever succeeded: there is nothing in it
    const double group_age = now - pushed_at;
    if (!(group_age > std::chrono::duration<double>(kStaleGroup).count())) continue;
    ++stale;
    if (group_age <= oldest_age) continue;
    oldest_age = group_age;
    oldest = clean_utf8(fmt::format("{} ({})", text_at(group, "/labels/test_name"), text_at(group, "/labels/testid")),
                        kShownNameBytes);
  }
  if (stale == 0) return;
  const Localized how_old = age(oldest_age);
  const std::string path = join_url(url, "/metrics/job/load_test/test_name/NAME/testid/RUN");
  probe.advice(
      "stale_pushgateway_group",
      {fmt::format("{} no Pushgateway sem envio há mais de 24 h; o mais antigo, {}, há {}: painéis e alertas ainda "
                   "o tomam por atual",
                   stale == 1 ? "1 grupo" : fmt::format("{} grupos", stale), oldest, how_old.pt_br),
       fmt::format("{} in the Pushgateway without a push for more than 24 h; the oldest, {}, for {}: dashboards "
                   "and alerts still take it for current",
                   stale == 1 ? "1 group" : fmt::format("{} groups", stale), oldest, how_old.en)},
      {"remova cada um: curl -X DELETE " + path, "remove each: curl -X DELETE " + path});
}

}  // namespace

void check_pushgateway(Probe& probe, const Config& config) {
  probe.login(pushgateway_login(config));
  const auto ready = probe.get("/-/ready");
  if (!ready) return;
  if (refuses_login(ready->status)) return probe.asks_for_login(ready->status);
  if (ready->status == 503) probe.not_ready();

  const auto status = probe.get("/api/v1/status");
  if (!status) return;
  const Json about = parsed(*status);
  const Json::json_pointer at("/data/build_information");
  if (about.is_discarded() || !about.contains(at)) return probe.not_this_system("Pushgateway", status->status);
  probe.version(text_at(about, "/data/build_information/version"));
  check_groups(probe, config.of<PushgatewaySettings>().url);
}

}  // namespace omniwriter
