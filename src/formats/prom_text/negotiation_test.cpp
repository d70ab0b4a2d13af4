#include "formats/prom_text/negotiation.h"

#include <gtest/gtest.h>

namespace omniwriter {
namespace {

TEST(WantedFormat, IsOpenMetricsWhereItIsAskedFor) {
  for (const char* accept :
       {"application/openmetrics-text", "Application/OpenMetrics-Text ; Version=\"1.0.0\" ; charset=utf-8",
        // Prometheus 2.42 and 3
        "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
        "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
        "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
        "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
        "text/plain;q=0.5, application/openmetrics-text;version=1.0.0;q=0.6"}) {
    EXPECT_EQ(wanted_format(accept), PromText::open_metrics) << accept;
  }
  for (const char* accept :
       {"", "*/*", "text/plain", "text/html,application/xhtml+xml", "application/openmetrics-text;q=0",
        "application/openmetrics-text;version=0.0.1", "application/openmetrics-text;version=2.0.0",
        "application/openmetrics-text;q=0.4,text/plain;q=0.5", "application/openmetrics-text;q=nan",
        "application/openmetrics-text;q=x", ";,;=,;q="}) {
    EXPECT_EQ(wanted_format(accept), PromText::text_0_0_4) << accept;
  }
}

TEST(AcceptsGzip, WhereItIsNamedAndNotExcluded) {
  for (const char* header : {"gzip", "deflate, GZIP;q=0.5", "br,gzip"}) EXPECT_TRUE(accepts_gzip(header)) << header;
  for (const char* header : {"", "br", "gzip;q=0", "gzip;q=0.000", "*", "gzipped"}) {
    EXPECT_FALSE(accepts_gzip(header)) << header;
  }
}

}  // namespace
}  // namespace omniwriter
