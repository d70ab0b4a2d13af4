#include "support/fake_kafka.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <array>
#include <chrono>
#include <cstdint>

namespace omniwriter::testing {
namespace {

constexpr std::int16_t kProduce = 0;  // the key of that request in Kafka's protocol

rd_kafka_t* make(rd_kafka_type_t type, const std::vector<std::pair<const char*, std::string>>& settings) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  std::array<char, 512> error{};
  for (const auto& [name, value] : settings) rd_kafka_conf_set(conf, name, value.c_str(), error.data(), error.size());
  rd_kafka_conf_set_log_cb(conf, nullptr);
  return rd_kafka_new(type, conf, error.data(), error.size());
}

}  // namespace

struct FakeKafka::Impl {
  Impl() : owner(make(RD_KAFKA_PRODUCER, {})), cluster(rd_kafka_mock_cluster_new(owner, 1)) {}
  ~Impl() {
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(owner);
  }
  rd_kafka_t* owner;
  rd_kafka_mock_cluster_t* cluster;
};

FakeKafka::FakeKafka() : impl_(std::make_unique<Impl>()) {}
FakeKafka::~FakeKafka() = default;

std::string FakeKafka::brokers() const { return rd_kafka_mock_cluster_bootstraps(impl_->cluster); }

std::vector<FakeKafka::Message> FakeKafka::messages(const std::string& topic, std::size_t count) const {
  rd_kafka_t* const consumer = make(RD_KAFKA_CONSUMER, {{"bootstrap.servers", brokers()},
                                                        {"group.id", "test"},
                                                        {"auto.offset.reset", "earliest"},
                                                        {"isolation.level", "read_committed"}});
  rd_kafka_topic_partition_list_t* const partitions = rd_kafka_topic_partition_list_new(4);
  for (int partition = 0; partition < 4; ++partition) {
    rd_kafka_topic_partition_list_add(partitions, topic.c_str(), partition)->offset = RD_KAFKA_OFFSET_BEGINNING;
  }
  rd_kafka_assign(consumer, partitions);
  std::vector<Message> found;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (found.size() < count && std::chrono::steady_clock::now() < deadline) {
    rd_kafka_message_t* const message = rd_kafka_consumer_poll(consumer, 100);
    if (message == nullptr) continue;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      Message one{std::string(static_cast<const char*>(message->key), message->key_len), "",
                  std::string(static_cast<const char*>(message->payload), message->len)};
      rd_kafka_headers_t* headers = nullptr;
      const void* id = nullptr;
      std::size_t size = 0;
      if (rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR &&
          rd_kafka_header_get_last(headers, "omni-id", &id, &size) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        one.id.assign(static_cast<const char*>(id), size);
      }
      found.push_back(std::move(one));
    }
    rd_kafka_message_destroy(message);
  }
  rd_kafka_topic_partition_list_destroy(partitions);
  rd_kafka_consumer_close(consumer);
  rd_kafka_destroy(consumer);
  return found;
}

void FakeKafka::fail_next(std::size_t requests, int error_code) {
  const std::vector<rd_kafka_resp_err_t> errors(requests, static_cast<rd_kafka_resp_err_t>(error_code));
  rd_kafka_mock_push_request_errors_array(impl_->cluster, kProduce, errors.size(), errors.data());
}

}  // namespace omniwriter::testing
