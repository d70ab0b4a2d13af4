#pragma once
/// What the answer of a server means for a batch, by the rules that all HTTP destinations share.

#include <string>

#include "delivery/output.h"
#include "net/http_client.h"

namespace omniwriter {

/// "HTTP 400: " and the server's own words: the message of a JSON answer with its causes, the title of a web page,
/// otherwise the start of the text. One line, bounded.
[[nodiscard]] std::string server_words(const HttpResponse& response);

/// Whether the same request may succeed later: 408, 429 and 500 to 599.
[[nodiscard]] bool is_transient(int status);
/// Whether a person has to mend something before the same request can succeed: the address, the account, the way there.
[[nodiscard]] bool is_for_people(const HttpResponse& response);
/// Whether it is a page for people, as from a proxy that wants a login.
[[nodiscard]] bool is_web_page(const HttpResponse& response);
/// Whether it is an answer of success that holds nothing, which many protocols want.
[[nodiscard]] bool is_silent_success(const HttpResponse& response);

/// No answer: retry later, unless it can never succeed; then a person has to mend the settings.
[[nodiscard]] SendReport report_no_answer(std::size_t items, const Error& error);
/// 2xx all stored where it `is_success`, what the protocol calls so; any other comes from another server, as from a
/// proxy that wants a login, and is blocked · 408, 429, 5xx later, as Retry-After says · 413 smaller · what
/// is_for_people() blocked · anything else rejected.
[[nodiscard]] SendReport report_answer(std::size_t items, const HttpResponse& response, bool is_success);
/// A person has to mend something first. `remedy`: what, where that is known.
[[nodiscard]] SendReport report_blocked(std::size_t items, const std::string& words, std::string_view remedy = {});

/// The answer to a request of prepare() or remove() that was no success, as an error.
[[nodiscard]] Error error_of(const HttpResponse& response);

}  // namespace omniwriter
