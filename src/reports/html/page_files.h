#pragma once
/// The files of the page, embedded at build time by cmake/EmbedFiles.cmake.

#include <string_view>

namespace omniwriter {

struct PageFile {
  std::string_view text;
  std::string_view sha256;  ///< of the text, in base 64
};

extern const PageFile kPageHtml;
extern const PageFile kPageCss;
extern const PageFile kComparisonCss;
extern const PageFile kPageJs;
extern const PageFile kUplotCss;
extern const PageFile kUplotJs;

}  // namespace omniwriter
