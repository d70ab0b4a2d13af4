#pragma once
/// How the result codes of load tools become outcomes: the one place that names kinds of failure, so that the same
/// failure has the same name whichever tool saw it.
///
/// Names: http_<status>, assertion, timeout, dns, connection_refused, connection_reset, connection_closed, tls, http2,
/// blocked; else what the tool said. A status is the three digits of HTTP, or "ok" / "error" where there are none.

#include <string_view>

#include "omniwriter/sample.h"

namespace omniwriter {

/// `response_code` as in a JTL file: an HTTP status, "Non HTTP response code: <Java class>", or any text.
[[nodiscard]] Outcome jmeter_outcome(std::string_view response_code, bool success);

/// The tags of a k6 point; empty where the tag is absent. `expected_response` decides where it is there, so that a 404
/// the script expects is no error.
[[nodiscard]] Outcome k6_outcome(std::string_view status, std::string_view error_code, std::string_view error,
                                 std::string_view expected_response);

/// The message of a Gatling request that failed: of a check ("status.find.is(200), but actually found 500"), of a Java
/// exception with its package cut short, or any text.
[[nodiscard]] Outcome gatling_outcome(bool ok, std::string_view message);

/// Whether the text is a status of HTTP: three digits, of which the first is not 0.
[[nodiscard]] bool is_http_status(std::string_view text);

/// A status of HTTP where nothing else is known: from 400 on it is an error, and so is any other text.
[[nodiscard]] Outcome http_outcome(std::string_view status);

/// Where a file says itself whether a request failed; `error` is any text. A status of 400 and more names a failure
/// better than text, which tends to hold addresses.
[[nodiscard]] Outcome told_outcome(std::string_view status, bool failed, std::string_view error);

/// Vegeta counts 200 to 399 as success. `status` is "0" where there was no response; `error` then is that of Go:
/// `Get "http://host/": EOF`.
[[nodiscard]] Outcome vegeta_outcome(std::string_view status, std::string_view error);

}  // namespace omniwriter
