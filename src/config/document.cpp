#include "config/document.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>

#include <optional>
#include <sstream>

#include "base/try.h"
#include "base/yaml_size.h"
#include "config/values.h"

namespace omniwriter {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFileBytes = std::size_t{1} << 20;

/// Notes where the first content of a document begins.
class ContentFinder final : public YAML::EventHandler {
 public:
  [[nodiscard]] const std::optional<YAML::Mark>& found() const { return found_; }

  void OnDocumentStart(const YAML::Mark& /*mark*/) override { found_.reset(); }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override {}
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override { note(mark); }
  void OnScalar(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                const std::string& /*value*/) override {
    note(mark);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                       YAML::EmitterStyle::value /*style*/) override {
    note(mark);
  }
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                  YAML::EmitterStyle::value /*style*/) override {
    note(mark);
  }
  void OnMapEnd() override {}

 private:
  void note(const YAML::Mark& mark) {
    if (!found_) found_ = mark;
  }

  std::optional<YAML::Mark> found_;
};

/// Where something follows the first document. YAML::Load passes over it, and YAML::LoadAll never ends on some input.
std::optional<YAML::Mark> second_document(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  ContentFinder finder;
  if (!parser.HandleNextDocument(finder) || !parser.HandleNextDocument(finder)) return {};
  return finder.found();
}

/// What yaml-cpp says of brackets, as people say it.
std::string what_is_missing(const std::string& message) {
  if (message.starts_with("end of map flow not found")) return "a } or a comma is missing here or before";
  if (message.starts_with("end of sequence flow not found")) return "a ] or a comma is missing here or before";
  return message;
}

}  // namespace

std::unexpected<Error> wrong_at(const fs::path& file, const YAML::Mark& mark, std::string_view what) {
  const std::string place = mark.is_null() ? file.string() : fmt::format("{}:{}", file.string(), mark.line + 1);
  return fail(ErrorCode::usage, fmt::format("{}: {}", place, what));
}

std::unexpected<Error> not_valid(const fs::path& file, const std::exception& error) {
  const auto* const of_yaml = dynamic_cast<const YAML::Exception*>(&error);
  if (of_yaml != nullptr) {
    return wrong_at(file, of_yaml->mark, "not valid JSON or YAML: " + what_is_missing(of_yaml->msg));
  }
  return fail(ErrorCode::usage, fmt::format("configuration file {}: not valid JSON or YAML", file.string()));
}

Result<YAML::Node> read_document(const fs::path& file) {
  const auto text = read_whole(file, kMaxFileBytes);
  if (!text) return fail(ErrorCode::usage, fmt::format("configuration file {}: {}", file.string(), text.error()));
  return guarded(file, [&]() -> Result<YAML::Node> {
    if (yaml_nodes(*text) > kMaxYamlNodes) {
      return fail(ErrorCode::usage, fmt::format("configuration file {}: its aliases stand for more than {} values",
                                                file.string(), kMaxYamlNodes));
    }
    YAML::Node document = YAML::Load(*text);
    if (const auto mark = second_document(*text)) {
      return wrong_at(file, *mark, "one document is expected, and here begins another");
    }
    return document;
  });
}

}  // namespace omniwriter
