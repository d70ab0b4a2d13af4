#pragma once
/// Errors as values. Every fallible function of OmniWriter returns a Result<T>; no exception crosses a module.

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace omniwriter {

/// What kind of failure it was. The command line maps each to an exit code.
enum class ErrorCode : std::uint8_t {
  internal,     ///< a bug or an exhausted machine
  usage,        ///< a wrong flag, environment variable or configuration file
  input,        ///< a result file that cannot be read or holds nothing valid
  io,           ///< the local file system or database failed
  unreachable,  ///< the network or the server did not answer
  refused,      ///< the server answered and said no
  not_found,    ///< what was named is not there: a run, a file, an output
  conflict,     ///< what is there is another's: somebody changed it, or the same id has other content
  busy,         ///< another process holds it; once that lets go, the same call may succeed
};

struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;     ///< for people; says what failed and, where known, how to mend it; never holds a secret
  bool retryable = false;  ///< the same call may succeed later
};

template <typename T>
using Result = std::expected<T, Error>;

/// Shorthand: `return fail(ErrorCode::input, "not a JTL file");`
[[nodiscard]] inline std::unexpected<Error> fail(ErrorCode code, std::string message, bool retryable = false) {
  return std::unexpected(Error{code, std::move(message), retryable});
}

}  // namespace omniwriter
