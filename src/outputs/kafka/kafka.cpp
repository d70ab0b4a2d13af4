#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "base/split.h"
#include "base/stable_hash.h"
#include "base/utf8.h"
#include "config/options.h"
#include "delivery/output_kind.h"
#include "formats/points/points.h"
#include "model/kept_samples.h"
#include "net/sockets.h"
#include "outputs/kafka/rdkafka_library.h"
#include "outputs/kafka/settings.h"

namespace omniwriter {
namespace {

constexpr std::size_t kHashBytes = 32;
constexpr std::size_t kMaxErrorBytes = 300;

bool needs_a_person(rd_kafka_resp_err_t error) {
  switch (error) {
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
    case RD_KAFKA_RESP_ERR_SECURITY_DISABLED:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM:
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
      return true;
    default:
      return false;
  }
}

const char* protocol_of(const KafkaSettings& access) {
  switch (access.security) {
    case KafkaSecurity::plaintext:
      return "plaintext";
    case KafkaSecurity::ssl:
      return "ssl";
    case KafkaSecurity::sasl_plaintext:
      return "sasl_plaintext";
    case KafkaSecurity::sasl_ssl:
      return "sasl_ssl";
    default:
      return !access.username.empty() ? "sasl_ssl" : !access.ca_file.empty() ? "ssl" : "plaintext";
  }
}

bool is_for_ever(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE || error == RD_KAFKA_RESP_ERR_INVALID_MSG ||
         error == RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE || error == RD_KAFKA_RESP_ERR_INVALID_RECORD;
}

// An idempotent producer, and what became of the messages of one batch.
class Producer {
 public:
  enum class Fate : std::uint8_t { unknown, stored, failed };
  struct Message {
    Fate fate = Fate::unknown;
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
  };

  Producer(const RdkafkaLibrary& library, std::string topic) : library_(library), topic_(std::move(topic)) {}
  ~Producer() {
    if (handle_ != nullptr) library_.destroy(handle_);
  }
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  Result<void> open(const std::string& brokers, const KafkaSettings& access, std::chrono::milliseconds timeout) {
    rd_kafka_conf_t* conf = library_.conf_new();
    std::array<char, 512> error{};
    bool good = true;
    const auto set = [&](const char* name, const std::string& value) {
      good = good && library_.conf_set(conf, name, value.c_str(), error.data(), error.size()) == RD_KAFKA_CONF_OK;
    };
    set("bootstrap.servers", brokers);
    set("security.protocol", protocol_of(access));
    if (!access.ca_file.empty()) set("ssl.ca.location", access.ca_file.string());
    if (!access.username.empty()) {
      set("sasl.mechanism", access.sasl_mechanism);
      set("sasl.username", access.username);
      set("sasl.password", access.password.expose());
    }
    set("client.id", "omniwriter");
    set("enable.idempotence", "true");
    set("acks", "all");
    set("compression.type", "lz4");
    set("partitioner", "murmur2_random");  // as the producers of Java
    set("log.connection.close", "false");
    // Well within what a batch may take, for it is looked at once a second: what fails in time is known to have failed.
    const auto in_time = std::to_string(std::max<std::int64_t>(timeout.count() * 3 / 4, 1));
    set("message.timeout.ms", in_time);
    set("request.timeout.ms", in_time);
    set("topic.metadata.propagation.max.ms", std::to_string(std::max<std::int64_t>(timeout.count() / 2, 0)));
    library_.conf_set_opaque(conf, this);
    library_.conf_set_dr_msg_cb(conf, on_delivery);
    library_.conf_set_error_cb(conf, on_error);
    library_.conf_set_log_cb(conf, nullptr);
    if (good) handle_ = library_.create(RD_KAFKA_PRODUCER, conf, error.data(), error.size());
    if (handle_ != nullptr) return {};
    library_.conf_destroy(conf);
    return fail(ErrorCode::usage, fmt::format("librdkafka: {}", error.data()));
  }

  void begin(std::size_t messages) { messages_.assign(messages, {}); }

  // Puts a message into the queue; its fate is known at once only where it cannot be sent at all.
  void produce(std::size_t index, std::string_view key, std::string_view id, std::string_view value) {
    const auto untyped = [](std::string_view bytes) {
      return const_cast<void*>(static_cast<const void*>(bytes.data()));  // NOLINT: the library copies what it is given
    };
    std::array<rd_kafka_vu_t, 6> parts{};
    parts[0].vtype = RD_KAFKA_VTYPE_TOPIC;
    parts[0].u.cstr = topic_.c_str();
    parts[1].vtype = RD_KAFKA_VTYPE_KEY;
    parts[1].u.mem = {untyped(key), key.size()};
    parts[2].vtype = RD_KAFKA_VTYPE_VALUE;
    parts[2].u.mem = {untyped(value), value.size()};
    parts[3].vtype = RD_KAFKA_VTYPE_HEADER;
    parts[3].u.header = {"omni-id", id.data(), static_cast<ssize_t>(id.size())};
    parts[4].vtype = RD_KAFKA_VTYPE_OPAQUE;
    parts[4].u.ptr = reinterpret_cast<void*>(index);  // NOLINT(performance-no-int-to-ptr)
    parts[5].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    parts[5].u.i = RD_KAFKA_MSG_F_COPY;
    rd_kafka_error_t* const error = library_.produceva(handle_, parts.data(), parts.size());
    if (error == nullptr) {
      ++waiting_;
      return;
    }
    messages_[index] = {Fate::failed, library_.error_code(error)};
    library_.error_destroy(error);
  }

  // Waits for the fate of all; false where some is unknown in the end. No message may be sent after that.
  [[nodiscard]] bool wait(std::chrono::steady_clock::time_point until, const std::stop_token& stop) {
    constexpr std::chrono::milliseconds kBetweenLooks{100};
    while (waiting_ > 0 && !nobody_there_) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
      if (left.count() <= 0 || stop.stop_requested()) return false;
      library_.poll(handle_, static_cast<int>(std::min(left, kBetweenLooks).count()));
    }
    return waiting_ == 0;
  }

  [[nodiscard]] const std::vector<Message>& messages() const { return messages_; }
  [[nodiscard]] bool fatal() const { return fatal_; }
  // Whether the brokers do not let us in, or are not trusted.
  [[nodiscard]] bool is_refused() const { return refused_; }
  // Whether no broker has been there so far.
  [[nodiscard]] bool nobody_there() const { return nobody_there_; }
  // Why messages were late, where the connection tells.
  [[nodiscard]] const std::string& last_error() const { return last_error_; }

 private:
  static void on_delivery(rd_kafka_t* /*handle*/, const rd_kafka_message_t* message, void* self) {
    auto& producer = *static_cast<Producer*>(self);
    const auto index = reinterpret_cast<std::size_t>(message->_private);
    const bool stored = message->err == RD_KAFKA_RESP_ERR_NO_ERROR;
    producer.messages_[index] = {stored ? Fate::stored : Fate::failed, message->err};
    if (stored) {
      producer.reached_ = true;
      producer.nobody_there_ = false;
      producer.last_error_.clear();
      producer.refused_ = false;
    }
    --producer.waiting_;
  }
  static void on_error(rd_kafka_t* /*handle*/, int error, const char* reason, void* self) {
    auto& producer = *static_cast<Producer*>(self);
    if (error == RD_KAFKA_RESP_ERR__FATAL) producer.fatal_ = true;
    if (error == RD_KAFKA_RESP_ERR__AUTHENTICATION || error == RD_KAFKA_RESP_ERR__SSL) producer.refused_ = true;
    if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) producer.nobody_there_ = !producer.reached_ && !producer.refused_;
    // That all are down says less than why the last one is.
    if (error != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) producer.last_error_ = clean_utf8(reason, kMaxErrorBytes);
  }

  const RdkafkaLibrary& library_;
  std::string topic_;
  rd_kafka_t* handle_ = nullptr;
  std::vector<Message> messages_;
  std::size_t waiting_ = 0;
  bool fatal_ = false;
  bool refused_ = false;
  bool reached_ = false;
  bool nobody_there_ = false;
  std::string last_error_;
};

class Kafka : public Output {
 public:
  Kafka(const Config& config, std::string brokers, std::string topic)
      : brokers_(std::move(brokers)),
        topic_(std::move(topic)),
        access_(config.of<KafkaSettings>()),
        labels_(config.labels) {}

  [[nodiscard]] std::string_view name() const override { return "kafka"; }

  void encode(const Run& run, const std::function<void(OutputItem)>& emit) const override {
    encode_rest(run, {}, emit);
  }

  // Kafka keeps all that it is sent; readers take the last one of an id.
  [[nodiscard]] bool replaces_slots() const override { return true; }
  void encode_rest(const Run& run, const SentSlots& sent, const std::function<void(OutputItem)>& emit) const override {
    encode_slots(run, {}, sent, emit);
    const std::string started = std::to_string(run.started_ns);
    for_each_detail_of_run(run, [&](const DetailPoint& point) {
      emit_message(run, emit, fmt::format("run_{}", point.type), name_of(point), started,
                   run_detail_json(run, labels_, point), 0);
    });
    for (const ErrorMessage& one : run.error_messages) {
      emit_message(run, emit, "error_message", one.endpoint, stable_hash({one.error_type, one.message}),
                   error_message_json(run, labels_, one), 0);
    }
    // Last, so that who reads it has read all of the run.
    emit_message(run, emit, "run", {}, started, run_json(run, labels_), 0);
  }

  void encode_live(const Run& so_far, const LiveNews& news,
                   const std::function<void(OutputItem)>& emit) const override {
    encode_slots(so_far, news.fresh, {}, emit);
  }

  [[nodiscard]] SendReport send(std::span<const OutputItem> batch, std::chrono::milliseconds timeout) override {
    const RdkafkaLibrary* const library = rdkafka_library();
    if (library == nullptr) {
      return all_retryable(batch.size(), "librdkafka.so.1 is missing or too old: install librdkafka1", Retry::blocked);
    }
    const auto until = std::chrono::steady_clock::now() + timeout;
    if (!producer_) {
      producer_ = std::make_unique<Producer>(*library, topic_);
      if (const auto opened = producer_->open(brokers_, access_, timeout); !opened) {
        producer_.reset();
        return all_retryable(batch.size(), opened.error().message, Retry::blocked);
      }
    }
    producer_->begin(batch.size());
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const std::string_view bytes = batch[i].bytes;
      producer_->produce(i, bytes.substr(0, kHashBytes), bytes.substr(kHashBytes, kHashBytes),
                         bytes.substr(2 * kHashBytes));
    }
    const bool all_known = producer_->wait(until, aborted());
    SendReport report = report_on(batch, *library);
    if (!all_known || producer_->fatal()) producer_.reset();
    return report;
  }

 protected:
  // The key, the id and the message, one behind the other. `number`: what tells it from others of its key.
  static void emit_message(const Run& run, const std::function<void(OutputItem)>& emit, std::string_view type,
                           std::string_view endpoint, const std::string& number, const std::string& message,
                           std::uint64_t samples) {
    const std::string key = stable_hash({run.info.run_id, type, endpoint});
    const std::string id = stable_hash({run.info.run_id, type, endpoint, number});
    emit({key + id + message, samples});
  }
  [[nodiscard]] const std::map<std::string, std::string>& labels() const { return labels_; }

 private:
  void encode_slots(const Run& run, SlotRange slots, const SentSlots& sent,
                    const std::function<void(OutputItem)>& emit) const {
    for_each_interval_point(
        run,
        [&](const IntervalPoint& point) {
          if (sent.has(point.start_seconds / run.interval_seconds)) return;
          const bool total = point.endpoint == nullptr;
          emit_message(
              run, emit, total ? "interval_total" : "interval", total ? std::string_view() : point.endpoint->endpoint,
              std::to_string(point.start_seconds * 1'000'000'000), interval_json(run, labels_, point), point.samples);
        },
        slots);
    for_each_detail(
        run,
        [&](const DetailPoint& point) {
          if (sent.has(point.slot)) return;
          emit_message(run, emit, point.type, name_of(point), std::to_string(point.start_seconds * 1'000'000'000),
                       detail_json(run, labels_, point), 0);
        },
        slots);
  }

  // What tells it from others of its type.
  static std::string name_of(const DetailPoint& point) {
    return stable_hash({point.names.front().second, point.names.back().second});
  }

  SendReport report_on(std::span<const OutputItem> batch, const RdkafkaLibrary& library) {
    SendReport report;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const auto& [fate, error] = producer_->messages()[i];
      if (fate == Producer::Fate::stored) continue;
      if (is_for_ever(error)) {
        report.rejected.push_back({i, library.err2str(error)});
      } else {
        report.retryable.push_back(i);
        const bool blocked = needs_a_person(error) || producer_->is_refused();
        if (blocked) report.retry = Retry::blocked;
        if (blocked || report.retry_reason.empty()) report.retry_reason = reason_of(fate, error, library);
        report.no_answer = producer_->nobody_there() && !blocked;
      }
    }
    return report;
  }

  [[nodiscard]] std::string reason_of(Producer::Fate fate, rd_kafka_resp_err_t error,
                                      const RdkafkaLibrary& library) const {
    const bool late = fate == Producer::Fate::unknown || error == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT;
    const std::string why = late && !producer_->last_error().empty() ? producer_->last_error()
                            : fate == Producer::Fate::unknown        ? "no answer in time"
                                                                     : library.err2str(error);
    return fmt::format("{}, topic {}: {}", brokers_, topic_, why);
  }

  std::string brokers_;
  std::string topic_;
  KafkaSettings access_;
  std::map<std::string, std::string> labels_;
  std::unique_ptr<Producer> producer_;
};

class KafkaSamples final : public Kafka {
 public:
  using Kafka::Kafka;

  [[nodiscard]] std::string_view name() const override { return "kafka_samples"; }
  [[nodiscard]] bool takes_samples() const override { return true; }
  [[nodiscard]] bool replaces_slots() const override { return false; }

  void encode(const Run& run, const std::function<void(OutputItem)>& emit) const override {
    const bool has_times = knows_response_times(run);
    for_each_kept_sample(run, [&](const KeptSample& sample) {
      emit_message(run, emit, "sample", sample.endpoint, std::to_string(sample.number),
                   sample_json(run, labels(), sample, has_times), sample.repeat);
    });
  }
};

template <typename Kind>
Result<std::unique_ptr<Output>> make(const Config& config, const std::string& target) {
  constexpr std::size_t kMaxTopicBytes = 249;
  const auto slash = target.find('/');
  std::string_view topic = slash == std::string::npos ? std::string_view() : std::string_view(target).substr(slash + 1);
  const bool valid = !topic.empty() && topic.size() <= kMaxTopicBytes && topic != "." && topic != ".." &&
                     std::ranges::all_of(topic, [](char c) {
                       return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                              c == '_' || c == '-';
                     });
  std::string brokers;
  bool readable = valid;
  for (const std::string_view text : split_at_commas(std::string_view(target).substr(0, slash))) {
    const auto broker = parse_host_port(text);
    readable = readable && broker;
    if (broker) brokers += (brokers.empty() ? "" : ",") + broker->text();
  }
  if (!readable) {
    return fail(ErrorCode::usage, "output kafka needs brokers and a topic: kafka=host:9092,host2:9092/topic");
  }
  return std::make_unique<Kind>(config, std::move(brokers), std::string(topic));
}

void declare_options(OptionTable& table) {
  using Of = KafkaSettings;
  Options<Of> options(table, "kafka.", "OMNIWRITER_KAFKA_");
  options.choice<KafkaSecurity>(
      "security_protocol", &Of::security,
      {{"auto", KafkaSecurity::automatic},
       {"plaintext", KafkaSecurity::plaintext},
       {"ssl", KafkaSecurity::ssl},
       {"sasl_plaintext", KafkaSecurity::sasl_plaintext},
       {"sasl_ssl", KafkaSecurity::sasl_ssl}},
      "How to connect to Kafka: `plaintext`, `ssl`, `sasl_plaintext`, `sasl_ssl`, or `auto`: "
      "`sasl_ssl` where there is a user, `ssl` where there is a `ca_file`, else `plaintext`.");
  options.path("ca_file", &Of::ca_file,
               "File with the certificates of the authorities that brokers are trusted by, as PEM. Empty: those of the "
               "system.");
  options.choice<std::string>(
      "sasl_mechanism", &Of::sasl_mechanism,
      {{"PLAIN", "PLAIN"}, {"SCRAM-SHA-256", "SCRAM-SHA-256"}, {"SCRAM-SHA-512", "SCRAM-SHA-512"}},
      "How the user logs in: `PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`.");
  options.text("username", &Of::username, "User of Kafka. Empty: no login.");
  options.secret("password", &Of::password, "Password of that user.", "the password");
  options.secrets_go_to({"outputs.kafka"});
}

}  // namespace

const OutputKind& output_kafka() {
  static const OutputKind kKind{.name = "kafka",
                                .target_help = "HOST:PORT/TOPIC",
                                .description = "Kafka, the timeline of every endpoint as JSON messages",
                                .configured_target = [](const Config& /*config*/) { return std::string(); },
                                .make = make<Kafka>,
                                .declare_options = declare_options};
  return kKind;
}

const OutputKind& output_kafka_samples() {
  static const OutputKind kKind{"kafka_samples",
                                "HOST:PORT/TOPIC",
                                "Kafka, each single sample as a JSON message",
                                [](const Config& /*config*/) { return std::string(); },
                                make<KafkaSamples>,
                                "kafka"};
  return kKind;
}

}  // namespace omniwriter
