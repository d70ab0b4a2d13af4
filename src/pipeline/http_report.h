#pragma once
/// What the answer of a server means for a batch, by the rules that all HTTP destinations share.

#include <string>

#include "net/http_client.h"
#include "pipeline/output.h"

namespace omniwriter {

/// "HTTP 400: " and the server's own words: the message of a JSON answer, otherwise the start of the text. One line,
/// bounded.
[[nodiscard]] std::string server_words(const HttpResponse& response);

/// Whether the same request may succeed later: 408, 429 and 5xx.
[[nodiscard]] bool is_transient(int status);

/// No answer: retry later, unless it can never succeed; then a person has to mend the settings.
[[nodiscard]] SendReport report_no_answer(std::size_t items, const Error& error);
/// 2xx all stored · 408, 429, 5xx later, as Retry-After says · 413 smaller · 401, 403, 404 and redirects blocked ·
/// anything else rejected.
[[nodiscard]] SendReport report_answer(std::size_t items, const HttpResponse& response);

/// The answer to a request of prepare() or remove() that was no success, as an error.
[[nodiscard]] Error error_of(const HttpResponse& response);

}  // namespace omniwriter
