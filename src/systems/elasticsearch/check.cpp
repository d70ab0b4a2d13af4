#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/utf8.h"
#include "formats/es_bulk/es_bulk.h"
#include "systems/elasticsearch/elasticsearch.h"
#include "systems/probe.h"

namespace omniwriter {
namespace {

using Json = nlohmann::json;

/// The version by another way than the front page, which some builds of Elasticsearch do not serve.
std::string version_of_nodes(const Json& nodes) {
  if (nodes.is_discarded() || !nodes.contains("nodes") || !nodes["nodes"].is_object() || nodes["nodes"].empty())
    return "";
  return text_at(nodes["nodes"].begin().value(), "/version");
}

/// A number behind "85%" or 0.85; nothing where the watermark is a number of bytes.
std::optional<double> as_percent(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (unit == "%") return number;
  return unit.empty() && number <= 1 ? std::optional(number * 100) : std::nullopt;
}

/// A setting of the cluster, as it is in force.
std::string cluster_setting(const Json& settings, const std::string& name) {
  for (const char* level : {"transient", "persistent", "defaults"}) {
    if (settings.is_discarded() || !settings.contains(level)) continue;
    const Json& all = settings[level];
    if (all.is_object() && all.contains(name) && all[name].is_string()) return all[name].get<std::string>();
  }
  return {};
}

/// Beyond the first watermark a node gets no new shards; beyond the last one its indices can only be read.
void check_disks(Probe& probe, const Json& settings) {
  const std::string base = "cluster.routing.allocation.disk.";
  if (cluster_setting(settings, base + "threshold_enabled") == "false") return;
  const auto low = as_percent(cluster_setting(settings, base + "watermark.low"));
  const auto flood = as_percent(cluster_setting(settings, base + "watermark.flood_stage"));
  const auto response = probe.get("/_cat/allocation?format=json&h=node,disk.percent");
  if (!low || !flood || !response || !response->ok()) return;
  const Json nodes = parsed(*response);
  if (!nodes.is_array()) return;
  for (const Json& node : nodes) {
    const std::string used = text_at(node, "/disk.percent");
    double percent = 0;
    if (std::from_chars(used.data(), used.data() + used.size(), percent).ec != std::errc{} || percent < *low) continue;
    const std::string name = clean_utf8(text_at(node, "/node"), kShownNameBytes);
    const Localized remedy{"libere espaço ou apague índices antigos (retention.elasticsearch_days)",
                           "free space, or delete old indices (retention.elasticsearch_days)"};
    if (percent >= *flood) {
      probe.fault("elasticsearch_disk_full",
                  {fmt::format("o disco do nó {} está {} % cheio: a partir de {} % os índices só podem ser lidos", name,
                               percent, *flood),
                   fmt::format("the disk of node {} is {} % full: from {} % on, indices can only be read", name,
                               percent, *flood)},
                  remedy);
    } else {
      probe.advice(
          "elasticsearch_disk_high",
          {fmt::format("o disco do nó {} está {} % cheio: a partir de {} % ele não recebe índices novos", name, percent,
                       *low),
           fmt::format("the disk of node {} is {} % full: from {} % on, it gets no new indices", name, percent, *low)},
          remedy);
    }
  }
}

void check_shards(Probe& probe, const Json& health, const Json& settings) {
  const auto number = [&](const char* name) {
    return health.is_object() && health.contains(name) && health[name].is_number() ? health[name].get<double>() : 0.0;
  };
  double per_node = 0;
  const std::string setting = cluster_setting(settings, "cluster.max_shards_per_node");
  std::from_chars(setting.data(), setting.data() + setting.size(), per_node);
  const double most = per_node * number("number_of_data_nodes");
  const double used = number("active_shards") + number("unassigned_shards") + number("initializing_shards");
  constexpr double kAlmost = 0.9;
  constexpr double kOfOneIndex = 2;  // a shard and its copy
  const bool full = used + kOfOneIndex > most;
  if (most <= 0 || (used < kAlmost * most && !full)) return;
  const Localized finding{
      fmt::format("o cluster tem {} dos {} shards permitidos, e um índice novo precisa de {}: depois disso não aceita "
                  "índices novos",
                  used, most, kOfOneIndex),
      fmt::format(
          "the cluster has {} of the {} shards it may have, and a new index needs {}: after that it takes no new "
          "indices",
          used, most, kOfOneIndex)};
  const Localized remedy{"apague índices antigos (retention.elasticsearch_days) ou aumente cluster.max_shards_per_node",
                         "delete old indices (retention.elasticsearch_days), or raise cluster.max_shards_per_node"};
  if (full) {
    probe.fault("elasticsearch_shards_full", finding, remedy);
  } else {
    probe.advice("elasticsearch_shards_high", finding, remedy);
  }
}

/// Asked only where there is a login: without security there are no rights, and no answer.
void check_elasticsearch_rights(Probe& probe, const std::string& index) {
  if (!probe.has_login()) return;
  const Json question{
      {"cluster", {"monitor", "manage_index_templates"}},
      {"index", Json::array({{{"names", {index + "-*"}}, {"privileges", {"create_index", "read", "write"}}}})}};
  const auto response = probe.ask("GET", "/_security/user/_has_privileges", question.dump());
  if (!response || !response->ok()) return;
  const Json answer = parsed(*response);
  std::string missing;
  const auto collect = [&](const std::string& pointer) {
    const Json::json_pointer at(pointer);
    if (answer.is_discarded() || !answer.contains(at) || !answer[at].is_object()) return;
    for (const auto& [right, granted] : answer[at].items()) {
      if (granted == false) missing += fmt::format("{}{}", missing.empty() ? "" : ", ", right);
    }
  };
  collect("/cluster");
  collect("/index/" + index + "-*");
  if (missing.empty()) return;
  probe.fault("elasticsearch_rights_missing",
              {"o usuário ou a chave não tem estes direitos: " + missing, "the user or key lacks rights: " + missing},
              {fmt::format("dê-lhe um papel com esses direitos em {}-*", index),
               fmt::format("give it a role with these rights on {}-*", index)});
}

/// Whether a name can fit two patterns with `*` at once.
bool patterns_meet(std::string_view one, std::string_view other) {
  std::vector<bool> row(other.size() + 1);  // whether what is behind this place of `one` can meet that of `other`
  for (std::size_t i = one.size() + 1; i-- > 0;) {
    const std::vector<bool> below = std::exchange(row, std::vector<bool>(other.size() + 1));
    for (std::size_t j = other.size() + 1; j-- > 0;) {
      const bool more = i < one.size();
      const bool more_there = j < other.size();
      if (!more && !more_there) {
        row[j] = true;
      } else if (more && one[i] == '*') {
        row[j] = below[j] || (more_there && row[j + 1]);
      } else if (more_there && other[j] == '*') {
        row[j] = row[j + 1] || (more && below[j]);
      } else {
        row[j] = more && more_there && one[i] == other[j] && below[j + 1];
      }
    }
  }
  return row.front();
}

/// No two templates of one priority may fit the same index; of others the highest counts.
void check_other_templates(Probe& probe, const std::string& index) {
  const auto response = probe.get("/_index_template");
  if (!response || !response->ok()) return;
  const Json answer = parsed(*response);
  if (!answer.is_object() || !answer.contains("index_templates") || !answer["index_templates"].is_array()) return;
  for (const Json& found : answer["index_templates"]) {
    const std::string name = text_at(found, "/name");
    const Json::json_pointer patterns("/index_template/index_patterns");
    const Json::json_pointer priority_at("/index_template/priority");
    if (name == index || !found.contains(patterns) || !found[patterns].is_array()) continue;
    const auto priority =
        found.contains(priority_at) && found[priority_at].is_number() ? found[priority_at].get<double>() : 0.0;
    const bool meets = std::ranges::any_of(found[patterns], [&](const Json& pattern) {
      return pattern.is_string() && patterns_meet(pattern.get<std::string>(), index + "-*");
    });
    if (!meets || priority < kLoadTestTemplatePriority) continue;
    const std::string shown = clean_utf8(name, kShownNameBytes);
    const Localized remedy{
        fmt::format("dê a ele uma prioridade menor que {}, ou outros padrões; ou escolha outro nome em "
                    "ELASTICSEARCH_INDEX",
                    kLoadTestTemplatePriority),
        fmt::format("give it a priority below {}, or other patterns; or choose another name in "
                    "ELASTICSEARCH_INDEX",
                    kLoadTestTemplatePriority)};
    if (priority == kLoadTestTemplatePriority) {
      probe.fault(
          "elasticsearch_template_clash",
          {fmt::format("o modelo de índice {} também vale para {}-* e tem a mesma prioridade ({}): o nosso não "
                       "pode ser criado",
                       shown, index, priority),
           fmt::format("the index template {} is for {}-* too, with the same priority ({}): ours cannot be made", shown,
                       index, priority)},
          remedy);
    } else {
      probe.advice(
          "elasticsearch_template_overruled",
          {fmt::format("o modelo de índice {} também vale para {}-* e prevalece (prioridade {}): os campos podem "
                       "ter outros tipos",
                       shown, index, priority),
           fmt::format("the index template {} is for {}-* too, and overrules ours (priority {}): fields may get "
                       "other types",
                       shown, index, priority)},
          remedy);
    }
  }
}

/// `own`: the template under our name. It gives each index an alias, whose name no index may have.
void check_alias(Probe& probe, const std::string& index, const Json& own) {
  if (own.dump(-1, ' ', false, Json::error_handler_t::replace).find(fmt::format("\"aliases\":{{\"{}\"", index)) ==
      std::string::npos) {
    return;
  }
  const auto response = probe.get(fmt::format("/{}/_alias", url_encode(index)));
  if (!response || !response->ok() || !parsed(*response).contains(index)) return;
  probe.fault(
      "elasticsearch_alias_clash",
      {fmt::format("há um índice {0}, e o modelo dá esse nome, como alias, a cada índice {0}-*: nenhum índice novo "
                   "pode ser criado",
                   index),
       fmt::format("there is an index {0}, and the template gives that name as an alias to every index {0}-*: no "
                   "new index can be made",
                   index)},
      {"apague ou renomeie esse índice, ou escolha outro nome em ELASTICSEARCH_INDEX",
       "delete or rename that index, or choose another name in ELASTICSEARCH_INDEX"});
}

void check_read_only(Probe& probe, const std::string& index) {
  const auto response = probe.get(
      fmt::format("/{}-*/_settings/index.blocks.*?flat_settings=true&ignore_unavailable=true", url_encode(index)));
  if (!response || !response->ok()) return;
  const Json indices = parsed(*response);
  if (!indices.is_object()) return;
  for (const auto& [name, content] : indices.items()) {
    if (content.dump().find("\"true\"") == std::string::npos) continue;
    const std::string shown = clean_utf8(name, kShownNameBytes);
    return probe.fault(
        "elasticsearch_index_read_only",
        {fmt::format("o índice {} só pode ser lido", shown), fmt::format("index {} can only be read", shown)},
        {"libere espaço em disco, se era esse o motivo, e retire o bloqueio: PUT /" + shown +
             R"(/_settings {"index.blocks.read_only_allow_delete": null})",
         "free disk space, if that was why, and take the block away: PUT /" + shown +
             R"(/_settings {"index.blocks.read_only_allow_delete": null})"});
  }
}

}  // namespace

void check_elasticsearch(Probe& probe, const Config& config) {
  probe.login(elasticsearch_login(config));
  const auto front = probe.get("/");
  if (!front) return;
  if (refuses_login(front->status)) {
    return probe.refuses_our_login(front->status,
                                   {"ELASTICSEARCH_USERNAME e ELASTICSEARCH_PASSWORD, ou ELASTICSEARCH_API_KEY",
                                    "ELASTICSEARCH_USERNAME and ELASTICSEARCH_PASSWORD, or ELASTICSEARCH_API_KEY"});
  }
  Json about = parsed(*front);
  std::string version = text_at(about, "/version/number");
  if (version.empty()) {
    const auto nodes = probe.get("/_nodes/_local?filter_path=nodes.*.version");
    if (!nodes) return;
    version = version_of_nodes(parsed(*nodes));
  }
  if (version.empty()) return probe.not_this_system("Elasticsearch / OpenSearch", front->status);
  // OpenSearch may pretend to be Elasticsearch 7.10.2; its tagline does not.
  const bool opensearch = text_at(about, "/version/distribution") == "opensearch" ||
                          text_at(about, "/tagline").find("OpenSearch") != std::string::npos;
  probe.version(opensearch ? "opensearch " + version : version);

  const auto health_answer = probe.get("/_cluster/health");
  const Json health = health_answer ? parsed(*health_answer) : Json();
  if (text_at(health, "/status") == "red") {
    probe.advice("elasticsearch_cluster_red",
                 {"o cluster está vermelho: parte dos seus dados não pode ser lida nem gravada",
                  "the cluster is red: some of its data cannot be read or written"},
                 {"veja GET _cluster/allocation/explain", "see GET _cluster/allocation/explain"}, Probe::Health::ill);
  }
  const std::string& index = config.of<ElasticsearchSettings>().index;
  check_elasticsearch_rights(probe, index);
  const auto settings_answer = probe.get("/_cluster/settings?include_defaults=true&flat_settings=true");
  const Json settings = settings_answer ? parsed(*settings_answer) : Json();
  check_disks(probe, settings);
  check_shards(probe, health, settings);
  check_read_only(probe, index);
  check_other_templates(probe, index);
  const auto present = [&](std::string_view kind) {
    const auto response = probe.get(fmt::format("/{}/{}", kind, url_encode(index)));
    if (!response || !response->ok()) return false;
    check_alias(probe, index, parsed(*response));
    return true;
  };
  if (!present("_index_template") && !present("_template")) {
    probe.note("elasticsearch_template_missing",
               {fmt::format("ainda não há o modelo de índice {}", index),
                fmt::format("there is no index template {} yet", index)},
               {"nada a fazer: ingest o cria", "nothing to do: ingest creates it"});
  }
}

}  // namespace omniwriter
