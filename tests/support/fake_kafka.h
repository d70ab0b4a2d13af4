#pragma once
/// Brokers of librdkafka's own making, which speak Kafka's protocol on free ports of 127.0.0.1.

#include <memory>
#include <string>
#include <vector>

namespace omniwriter::testing {

class FakeKafka {
 public:
  struct Message {
    std::string key;
    std::string id;  ///< of the header omni-id
    std::string value;
  };

  FakeKafka();
  ~FakeKafka();
  FakeKafka(const FakeKafka&) = delete;
  FakeKafka& operator=(const FakeKafka&) = delete;

  [[nodiscard]] std::string brokers() const;  ///< "127.0.0.1:12345,..."
  /// All that the topic holds, read by a consumer; waits until it is so many.
  [[nodiscard]] std::vector<Message> messages(const std::string& topic, std::size_t count) const;
  /// The next requests to produce are answered by this code of Kafka's protocol.
  void fail_next(std::size_t requests, int error_code);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace omniwriter::testing
