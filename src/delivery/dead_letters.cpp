#include "delivery/dead_letters.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "base/base64.h"
#include "base/utf8.h"

namespace omniwriter {
namespace {

using nlohmann::json;

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t character = utf8_character_bytes(bytes);
    if (character == 0) return false;
    bytes.remove_prefix(character);
  }
  return true;
}

std::string text_of(const json& line, const char* name) {
  const auto found = line.find(name);
  return found != line.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

std::string to_line(const DeadLetter& letter) {
  const OutputItem& item = letter.item;
  json line{{"run_id", letter.run_id}, {"output", letter.output}, {"reason", letter.reason}, {"samples", item.samples}};
  if (item.starts_batch) line["starts_batch"] = true;
  if (is_utf8(item.bytes)) {
    line["text"] = item.bytes;
  } else {
    line["base64"] = base64(item.bytes);
  }
  return line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

Result<DeadLetter> read_dead_letter(std::string_view line) {
  const json object = json::parse(line, nullptr, false);
  if (!object.is_object()) return fail(ErrorCode::input, "not a JSON object");
  DeadLetter letter{.run_id = text_of(object, "run_id"),
                    .output = text_of(object, "output"),
                    .reason = text_of(object, "reason"),
                    .item = {}};
  if (letter.run_id.empty() || letter.output.empty()) return fail(ErrorCode::input, "run_id or output is missing");
  if (object.contains("text")) {
    letter.item.bytes = text_of(object, "text");
  } else if (auto bytes = from_base64(text_of(object, "base64"))) {
    letter.item.bytes = *std::move(bytes);
  }
  if (letter.item.bytes.empty()) return fail(ErrorCode::input, "neither text nor base64");
  const auto samples = object.find("samples");
  if (samples == object.end() || !samples->is_number_unsigned()) return fail(ErrorCode::input, "samples is no count");
  letter.item.samples = samples->get<std::uint64_t>();
  letter.item.starts_batch = object.value("starts_batch", json(false)) == true;
  return letter;
}

Result<DeadLetters> DeadLetters::open(std::unique_ptr<DiskFile> file, std::uint64_t bytes) {
  const auto size = file->size();
  if (!size) return std::unexpected(size.error());
  if (*size > bytes) {
    if (auto cut = file->truncate(bytes); !cut) return std::unexpected(cut.error());
  }
  return DeadLetters(std::move(file), std::min(*size, bytes));
}

Result<void> DeadLetters::add(std::string_view lines) {
  if (auto written = file_->write(bytes_, lines); !written) return written;
  if (auto synced = file_->sync(); !synced) return synced;
  bytes_ += lines.size();
  return {};
}

}  // namespace omniwriter
