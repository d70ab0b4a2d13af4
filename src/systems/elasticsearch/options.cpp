#include "config/options.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>

#include "systems/elasticsearch/elasticsearch.h"

namespace omniwriter {
namespace {

Problem read_index(std::string& target, const Setting& setting) {
  const auto text = read_text(setting.node);
  if (!text) return text.error();
  // What Elasticsearch would say with a 400 at the first request.
  const bool bad = text->empty() || text->size() > 200 || text->find_first_of("\\/*?\"<>| ,#:") != std::string::npos ||
                   std::ranges::any_of(*text, [](char c) { return c >= 'A' && c <= 'Z'; }) ||
                   std::string_view("-_+.").find(text->front()) != std::string_view::npos;
  if (bad) {
    return "must be a name that Elasticsearch takes: lower case, none of \\ / * ? \" < > | , # : or space, and neither "
           "- _ + nor . in front";
  }
  target = *text;
  return {};
}

}  // namespace

void declare_elasticsearch_options(OptionTable& table) {
  using Of = ElasticsearchSettings;
  Options<Of> options(table, "monitoring_config.elasticsearch_", "ELASTICSEARCH_");
  options.address("url", &Of::url, "Address of Elasticsearch or OpenSearch. Empty: not used.");
  options.add("index", &Of::index, read_index, Of{}.index, "Index that documents go to, as the stem of its name.");
  options.text("username", &Of::username, "User of Elasticsearch or OpenSearch. Empty: no login.");
  options.secret("password", &Of::password, "Password of that user.", "the password");
  options.secret("api_key", &Of::api_key,
                 "API key of Elasticsearch, as `encoded` where it was created, or `id:key`. Comes before user and "
                 "password.",
                 "the API key");
  options.tls(&Of::tls, "Elasticsearch is");
  options.secrets_go_to(
      {"monitoring_config.elasticsearch_url", "outputs.elasticsearch", std::string(kReaderOfDataSources)});

  Options<Of>(table, "retention.elasticsearch_")
      .count("days", &Of::retention_days, 0, 36'500,
             "Indices older than that are deleted, where the server can. 0: never.");
}

}  // namespace omniwriter
