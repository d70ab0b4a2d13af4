#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/secret.h"

namespace omniwriter {

/// How connections to Kafka are made; automatic: `sasl_ssl` where there is a user, `ssl` where there is a file of
/// authorities, else `plaintext`.
enum class KafkaSecurity : std::uint8_t { automatic, plaintext, ssl, sasl_plaintext, sasl_ssl };

struct KafkaSettings {
  KafkaSecurity security = KafkaSecurity::automatic;
  std::filesystem::path ca_file;         ///< certificates of authorities, as PEM; empty: those of the system
  std::string sasl_mechanism = "PLAIN";  ///< or SCRAM-SHA-256, SCRAM-SHA-512
  std::string username;
  Secret password;
};

}  // namespace omniwriter
