// Reader of summaries: Taurus final statistics (XML). See README.md for the rules.

#include <expat.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/summary/parts.h"
#include "formats/summary/taurus.h"
#include "formats/summary/text.h"
#include "reading/summary_format.h"

namespace omniwriter {
namespace taurus_xml {
namespace {

struct Free {
  void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
};

/// Takes the groups out of a document. Numbers stand twice in it, as attribute and as text; the attribute counts.
class Reader {
 public:
  Result<Summary> read(std::string_view content) {
    if (!expat_) return fail(ErrorCode::internal, "out of memory");
    XML_SetUserData(expat_.get(), this);
    XML_SetElementHandler(expat_.get(), on_start, on_end);
    XML_SetCharacterDataHandler(expat_.get(), on_text);
    // Without one there are no entities either.
    XML_SetStartDoctypeDeclHandler(expat_.get(), [](void* user, const XML_Char*, const XML_Char*, const XML_Char*,
                                                    int) { XML_StopParser(self(user).expat_.get(), XML_FALSE); });
    const auto size = static_cast<int>(content.size());
    if (XML_Parse(expat_.get(), content.data(), size, XML_TRUE) != XML_STATUS_OK) {
      return fail(ErrorCode::input, std::string("not valid XML: ") + XML_ErrorString(XML_GetErrorCode(expat_.get())));
    }
    if (result_.whole.endpoints.empty() && !result_.whole.total) return fail(ErrorCode::input, "it has no groups");
    result_.duration_seconds = summary::number_of(summary::trimmed(duration_)).value_or(0);
    return std::move(result_);
  }

 private:
  static Reader& self(void* user) { return *static_cast<Reader*>(user); }

  static std::string_view attribute(const XML_Char** pairs, std::string_view name) {
    for (; *pairs != nullptr; pairs += 2) {
      if (name == *pairs) return pairs[1];
    }
    return {};
  }

  static void on_start(void* user, const XML_Char* name, const XML_Char** pairs) {
    Reader& reader = self(user);
    const std::string_view element = name;
    if (element == "Group") {
      reader.group_.emplace(attribute(pairs, "label"));
    } else if (reader.group_) {
      reader.group_->add(element, attribute(pairs, "param"), attribute(pairs, "value"));
    }
    reader.in_duration_ = element == "TestDuration";
  }

  static void on_end(void* user, const XML_Char* name) {
    Reader& reader = self(user);
    reader.in_duration_ = false;
    if (std::string_view(name) != "Group" || !reader.group_) return;
    reader.group_->finish(reader.result_);
    reader.group_.reset();
  }

  static void on_text(void* user, const XML_Char* text, int size) {
    if (self(user).in_duration_) self(user).duration_.append(text, static_cast<std::size_t>(size));
  }

  std::unique_ptr<XML_ParserStruct, Free> expat_{XML_ParserCreate(nullptr)};
  Summary result_;
  std::optional<summary::TaurusStats> group_;  // the one that is open
  bool in_duration_ = false;
  std::string duration_;
};

class TaurusXml final : public SummaryFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "taurus-xml"; }
  [[nodiscard]] std::string_view tool() const override { return "taurus"; }
  [[nodiscard]] std::string_view description() const override { return "Taurus final statistics (XML)"; }
  [[nodiscard]] bool recognises(std::string_view head) const override {
    return summary::trimmed(head).starts_with('<') && head.find("<FinalStatus>") != std::string_view::npos;
  }
  [[nodiscard]] std::vector<std::size_t> beginnings(std::string_view content) const override {
    return summary::lines_with(content, "<FinalStatus>", "<?xml");
  }

  [[nodiscard]] Result<Summary> read(std::string_view content, const InputOptions& /*options*/) const override {
    return Reader().read(content);
  }
};

}  // namespace
}  // namespace taurus_xml

const SummaryFormat& summary_taurus_xml() {
  static const taurus_xml::TaurusXml kFormat;
  return kFormat;
}

}  // namespace omniwriter
