#include "outputs/kafka/rdkafka_library.h"

#include <dlfcn.h>

#include <optional>
#include <type_traits>

namespace omniwriter {
namespace {

std::optional<RdkafkaLibrary> load() {
  void* const library = dlopen("librdkafka.so.1", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return std::nullopt;
  RdkafkaLibrary kafka{};
  bool found = true;
  const auto bind = [&](auto& function, const char* name) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library, name));
    found = found && function != nullptr;
  };
  bind(kafka.conf_new, "rd_kafka_conf_new");
  bind(kafka.conf_destroy, "rd_kafka_conf_destroy");
  bind(kafka.conf_set, "rd_kafka_conf_set");
  bind(kafka.conf_set_opaque, "rd_kafka_conf_set_opaque");
  bind(kafka.conf_set_dr_msg_cb, "rd_kafka_conf_set_dr_msg_cb");
  bind(kafka.conf_set_error_cb, "rd_kafka_conf_set_error_cb");
  bind(kafka.conf_set_log_cb, "rd_kafka_conf_set_log_cb");
  bind(kafka.create, "rd_kafka_new");
  bind(kafka.destroy, "rd_kafka_destroy");
  bind(kafka.poll, "rd_kafka_poll");
  bind(kafka.produceva, "rd_kafka_produceva");
  bind(kafka.error_code, "rd_kafka_error_code");
  bind(kafka.error_destroy, "rd_kafka_error_destroy");
  bind(kafka.err2str, "rd_kafka_err2str");
  if (!found) return std::nullopt;
  return kafka;
}

}  // namespace

const RdkafkaLibrary* rdkafka_library() {
  static const std::optional<RdkafkaLibrary> library = load();
  return library ? &*library : nullptr;
}

}  // namespace omniwriter
