#pragma once
/// Elasticsearch and OpenSearch.

#include <memory>

#include "config/config.h"
#include "net/http_client.h"
#include "systems/data_source.h"
#include "systems/elasticsearch/settings.h"

namespace omniwriter {

class Probe;
class Provider;
struct OptionTable;

/// Where a user and an API key are given, the key alone is used.
[[nodiscard]] HttpLogin elasticsearch_login(const Config& config);

// What system_elasticsearch() is made of.
void declare_elasticsearch_options(OptionTable& table);
void check_elasticsearch(Probe& probe, const Config& config);
[[nodiscard]] std::unique_ptr<Provider> elasticsearch_provider(const Config& config, HttpClient& http);
[[nodiscard]] std::unique_ptr<grafana::Queries> elasticsearch_queries(const Config& config);

}  // namespace omniwriter
