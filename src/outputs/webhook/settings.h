#pragma once

#include <cstdint>

#include "base/secret.h"

namespace omniwriter {

enum class WebhookFormat : std::uint8_t { json, slack };
enum class NotifyOn : std::uint8_t { always, failure };

struct NotifySettings {
  Secret webhook_url;  ///< of Slack and others it is all that a sender needs, and so a secret
  WebhookFormat format = WebhookFormat::json;
  NotifyOn on = NotifyOn::always;
};

}  // namespace omniwriter
