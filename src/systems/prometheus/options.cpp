#include "config/options.h"

#include "systems/prometheus/prometheus.h"

namespace omniwriter {

void declare_prometheus_options(OptionTable& table) {
  using Of = PrometheusSettings;
  Options<Of> options(table, "monitoring_config.prometheus_", "PROMETHEUS_");
  options.address("url", &Of::url, "Address of Prometheus. Empty: not used.");
  options.tls(&Of::tls, "Prometheus and the ruler are");

  Options<Of> rules(table, "prometheus.");
  rules.path("rules_dir", &Of::rules_dir,
             "Folder that Prometheus reads rule files from, as in `rule_files: [/etc/prometheus/rules/*.yml]`. The "
             "alert rules go there.");
  rules.add("ruler_url", &Of::ruler_url, read_url_into, "",
            "Configuration API of a ruler for the alert rules, as in `https://mimir/prometheus/config/v1/rules`.");
  rules.add("alert_stale_after_seconds", &Of::alert_stale_after, read_whole_seconds_into, "3600",
            "Results that were pushed longer ago than that raise no alert.");
}

void declare_pushgateway_options(OptionTable& table) {
  using Of = PushgatewaySettings;
  Options<Of>(table, "monitoring_config.prometheus_", "PROMETHEUS_")
      .address("pushgateway", &Of::url, "Address of the Pushgateway. Empty: not used.");
  Options<Of>(table, "monitoring_config.prometheus_pushgateway_", "PROMETHEUS_PUSHGATEWAY_")
      .tls(&Of::tls, "the Pushgateway is");
}

}  // namespace omniwriter
