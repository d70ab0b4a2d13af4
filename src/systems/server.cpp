#include "systems/server.h"

#include <fmt/format.h>

#include "base/foreign_json.h"
#include "base/try.h"
#include "base/utf8.h"
#include "delivery/http_report.h"
#include "formats/es_bulk/es_bulk.h"

namespace omniwriter {

using nlohmann::json;

Result<Answer> Server::ask(const char* method, std::string_view path, std::string_view body, Headers headers) {
  HttpRequest request;
  request.method = method;
  request.url = join_url(url_, path);
  request.headers = std::move(headers);
  request.headers.emplace_back("Accept", "application/json");
  request.body = body;
  request.login = login_;
  request.timeout = timeout_;
  request.max_answer_bytes = kLongAnswerBytes;
  HttpResponse response = TRY(http_.send(request));
  if (response.ok() && is_web_page(response)) {
    return fail(ErrorCode::refused,
                fmt::format("{} answers with a web page, {}; is this its address?", url_, server_words(response)));
  }
  Answer answer;
  answer.status = response.status;
  answer.body = parse_foreign_json(response.body);
  answer.text = std::move(response.body);
  return answer;
}

Result<Answer> Server::send(const char* method, std::string_view path, const json& body, Headers headers) {
  headers.emplace_back("Content-Type", "application/json");
  return ask(method, path, body.dump(-1, ' ', false, json::error_handler_t::replace), std::move(headers));
}

std::string text_at(const json& from, const std::string& pointer) {
  const json::json_pointer at(pointer);
  return !from.is_discarded() && from.contains(at) && from[at].is_string() ? from[at].get<std::string>() : "";
}

json list_at(const json& from, const std::string& pointer) {
  const json::json_pointer at(pointer);
  return !from.is_discarded() && from.contains(at) ? from[at] : json::array();
}

json members(const json& from, std::initializer_list<const char*> names) {
  json result = json::object();
  if (!from.is_object()) return result;
  for (const char* name : names) {
    if (from.contains(name)) result[name] = from[name];
  }
  return result;
}

std::string words_of(const Answer& answer) {
  constexpr std::size_t kMaxBytes = 2000;
  if (std::string words = text_at(answer.body, "/message"); !words.empty()) return clean_utf8(words, kMaxBytes);
  if (answer.body.is_object() && answer.body.contains("error")) {
    if (std::string words = elasticsearch_reason(answer.body["error"]); !words.empty()) {
      return clean_utf8(words, kMaxBytes);
    }
  }
  return clean_utf8(answer.text, kMaxBytes);
}

}  // namespace omniwriter
