#pragma once
/// librdkafka, loaded when the first message is sent: it and what it needs would take longer to load than most runs of
/// the program take.

#include <librdkafka/rdkafka.h>

namespace omniwriter {

/// The functions in use, under their own names without "rd_kafka_".
struct RdkafkaLibrary {
  decltype(&::rd_kafka_conf_new) conf_new;
  decltype(&::rd_kafka_conf_destroy) conf_destroy;
  decltype(&::rd_kafka_conf_set) conf_set;
  decltype(&::rd_kafka_conf_set_opaque) conf_set_opaque;
  decltype(&::rd_kafka_conf_set_dr_msg_cb) conf_set_dr_msg_cb;
  decltype(&::rd_kafka_conf_set_error_cb) conf_set_error_cb;
  decltype(&::rd_kafka_conf_set_log_cb) conf_set_log_cb;
  decltype(&::rd_kafka_new) create;
  decltype(&::rd_kafka_destroy) destroy;
  decltype(&::rd_kafka_poll) poll;
  decltype(&::rd_kafka_produceva) produceva;
  decltype(&::rd_kafka_error_code) error_code;
  decltype(&::rd_kafka_error_destroy) error_destroy;
  decltype(&::rd_kafka_err2str) err2str;
};

/// The library, loaded once; null where it is not installed. Thread-safe.
[[nodiscard]] const RdkafkaLibrary* rdkafka_library();

}  // namespace omniwriter
