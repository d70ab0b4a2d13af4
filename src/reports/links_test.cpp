#include "reports/links.h"

#include <gtest/gtest.h>

#include "support/report_runs.h"

namespace omniwriter {
namespace {

TEST(Links, AreThoseOfTagsThatHoldAddresses) {
  EXPECT_TRUE(is_link("ci_url", "https://ci.example/job/7?tab=log#L3"));
  EXPECT_TRUE(is_link("commit_url", "http://git.example/c/abc"));
  EXPECT_FALSE(is_link("branch", "https://ci.example/"));
  for (const char* text :
       {"javascript:alert(1)", "data:text/html,x", "//ci.example", "https://user:secret@ci.example/",
        "https://ci.example/<b>", "https://ci.example/a b", "ci.example", "", "https://ci.example/\"x", "https://"}) {
    EXPECT_FALSE(is_link("ci_url", text)) << text;
  }
  auto run = testing::shop_run();
  run.info.tags = {{"ci_url", "https://ci.example/7"}, {"commit_url", "javascript:alert(1)"}};
  const auto links = links_of({.run = run, .ledger = {}, .dashboard_url = "https://grafana.example/d/x"});
  ASSERT_EQ(links.size(), 2U);
  EXPECT_EQ(links[0].first, Text::dashboard);
  EXPECT_EQ(links[1], (std::pair<Text, std::string>{Text::ci_build, "https://ci.example/7"}));
}

}  // namespace
}  // namespace omniwriter
