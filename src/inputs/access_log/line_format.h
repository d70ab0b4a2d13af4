#pragma once
/// The format of a line as nginx (log_format) or Apache (LogFormat) is told it.

#include <string>
#include <string_view>
#include <vector>

#include "inputs/access_log/record.h"
#include "omniwriter/error.h"

namespace omniwriter::access_log {

/// Immutable once made.
class LineFormat {
 public:
  /// "$remote_addr [$time_local] \"$request\" $status $request_time" or "%h %t \"%r\" %>s %b %D". Variables that say
  /// nothing of the request are passed over. A time, a status and a request or URI there have to be.
  [[nodiscard]] static Result<LineFormat> parse(std::string_view text);

  /// Takes a line apart. False, and why, where it is not of this format.
  [[nodiscard]] bool read(std::string_view line, Times& times, Record& record, const char*& reason) const;

  /// The names of variables that say nothing of the request itself: those of nginx, "server_name" and the like of
  /// Apache's directives, and of headers.
  [[nodiscard]] std::vector<std::string> other_fields() const;
  [[nodiscard]] bool has_duration() const { return has_duration_; }
  [[nodiscard]] Unit duration_unit() const { return unit_; }
  /// nginx notes when a request ended, Apache when it began.
  [[nodiscard]] bool time_is_of_end() const { return nginx_; }

 private:
  enum class What : std::uint8_t { ignored, time, epoch, request, method, uri, status, bytes, duration, upstream };

  /// Text, and the variable behind it.
  struct Piece {
    std::string before;
    What what = What::ignored;
    std::string name = {};  ///< of the variable
  };

  bool read_nginx(std::string_view text);
  bool read_apache(std::string_view text);
  void add(std::string& literal, What what, std::string_view name);
  [[nodiscard]] static What nginx_variable(std::string_view name);
  What apache_directive(char letter, std::string_view argument);

  std::vector<Piece> pieces_;
  std::string behind_;  ///< text behind the last variable
  bool nginx_ = false;
  bool has_duration_ = false;
  Unit unit_ = Unit::seconds;
};

}  // namespace omniwriter::access_log
