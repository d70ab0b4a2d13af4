#include "formats/line_protocol/line_protocol.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <string>
#include <vector>

namespace omniwriter {
namespace {

TEST(LineProtocol, SortsTagsAndKeepsTheOrderOfFields) {
  EXPECT_EQ(encode_line({"m", {{"b", "2"}, {"a", "1"}}, {{"y", 0.25}, {"x", std::uint64_t{7}}}, 12}),
            "m,a=1,b=2 y=0.25,x=7i 12\n");
}

TEST(LineProtocol, Escapes) {
  EXPECT_EQ(encode_line({"m,1 =", {{"k,=e y", R"(a,b=c "d" \e)"}}, {{"f ,=", std::string(R"(say "hi" \o/)")}}, -5}),
            R"(m\,1\ =,k\,\=e\ y=a\,b\=c\ "d"\ \e f\ \,\=="say \"hi\" \\o/" -5)"
            "\n");
}

TEST(LineProtocol, ReplacesWhatTheFormatCannotHold) {
  EXPECT_EQ(encode_line({"m", {{"t", "a\nb\r"}, {"u", R"(c:\)"}}, {{"s", std::string("x\ny")}}, 0}),
            "m,t=a\xE2\x90\xA4"
            "b\xE2\x90\x8D,u=c:\xEF\xBC\xBC s=\"x\\\\ny\" 0\n");
}

TEST(LineProtocol, DifferentTextsStayDifferent) {
  std::set<std::string> lines;
  const std::vector<std::string> texts{"x\ny", "x\\ny", "x␤y", "x␛␤y", "x␛y", "x␛␛y",  "a\rb", "a\\rb",
                                       "a␍b",  "b\\",   "b＼", "b␛＼", "＼b", "b\\\\", "b",    "b␛"};
  for (const std::string& text : texts) lines.insert(encode_line({"m", {{"t", text}}, {{"a", 1.0}}, 0}));
  EXPECT_EQ(lines.size(), texts.size());
}

TEST(LineProtocol, LeavesOutEmptyTagsAndFieldsThatAreNotFinite) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double inf = std::numeric_limits<double>::infinity();
  EXPECT_EQ(encode_line({"m", {{"t", ""}}, {{"a", nan}, {"b", 1.0}, {"c", inf}}, 0}), "m b=1 0\n");
  EXPECT_EQ(encode_line({"m", {}, {{"a", nan}}, 0}), "");
}

TEST(LineProtocol, Numbers) {
  EXPECT_EQ(encode_line({"m", {}, {{"a", 1e-9}, {"b", 1e22}, {"c", std::numeric_limits<std::uint64_t>::max()}}, 0}),
            "m a=1e-09,b=1e+22,c=9223372036854775807i 0\n");
}

}  // namespace
}  // namespace omniwriter
