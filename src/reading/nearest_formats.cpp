#include "reading/nearest_formats.h"

#include <algorithm>
#include <set>
#include <utility>

namespace omniwriter {
namespace {

struct Names {
  std::string_view format;
  std::vector<std::string_view> names;  ///< lower case, without blanks and marks
};

// What is telling of each format that has names at all.
const std::vector<Names>& formats() {
  static const std::vector<Names> kFormats{
      Names{"jmeter-csv",
            {"timestamp", "elapsed", "label", "responsecode", "responsemessage", "threadname", "datatype", "success",
             "failuremessage", "sentbytes", "grpthreads", "allthreads", "latency", "idletime", "connect"}},
      Names{"jmeter-aggregate",
            {"label", "samples", "average", "median", "90line", "95line", "99line", "min", "max", "error", "throughput",
             "receivedkbsec"}},
      Names{"jmeter-statistics",
            {"transaction", "samplecount", "errorcount", "errorpct", "meanrestime", "medianrestime", "minrestime",
             "maxrestime", "pct1restime", "throughput"}},
      Names{"k6-csv",
            {"metricname", "timestamp", "metricvalue", "check", "error", "errorcode", "expectedresponse", "group",
             "method", "name", "proto", "scenario", "status", "url"}},
      Names{"k6-json", {"metric", "type", "data"}},
      Names{"k6-summary", {"rootgroup", "metrics", "options", "state", "setupdata"}},
      Names{"locust-csv",
            {"type", "name", "requestcount", "failurecount", "medianresponsetime", "averageresponsetime",
             "minresponsetime", "maxresponsetime", "averagecontentsize", "requestss", "failuress"}},
      Names{"locust-history",
            {"timestamp", "usercount", "type", "name", "requestss", "failuress", "totalrequestcount",
             "totalfailurecount", "totalmedianresponsetime", "totalaverageresponsetime"}},
      Names{"locust-json",
            {"name", "method", "numrequests", "numfailures", "responsetimes", "totalresponsetime",
             "lastrequesttimestamp", "starttime"}},
      Names{"taurus-stats",
            {"label", "concurrency", "throughput", "succ", "fail", "avgrt", "stdevrt", "avgct", "avglt", "perc500",
             "perc900", "perc990", "bytes"}},
      Names{"hey",
            {"responsetime", "dnsdialup", "dns", "requestwrite", "responsedelay", "responseread", "statuscode",
             "offset"}},
      Names{"oha", {"requeststart", "dns", "dnsdialup", "responsedelay", "requestduration", "bytes", "status"}},
      Names{"oha-report",
            {"summary", "responsetimehistogram", "latencypercentiles", "statuscodedistribution", "errordistribution",
             "rps", "details"}},
      Names{"ab", {"starttime", "seconds", "ctime", "dtime", "ttime", "wait"}},
      Names{"vegeta-json",
            {"attack", "seq", "code", "timestamp", "latency", "bytesout", "bytesin", "error", "body", "method", "url",
             "headers"}},
      Names{"vegeta-report",
            {"latencies", "bytesin", "bytesout", "earliest", "latest", "end", "duration", "wait", "requests", "rate",
             "throughput", "success", "statuscodes", "errors"}},
      Names{"har", {"log", "entries", "creator", "pages", "version"}},
      Names{"artillery", {"aggregate", "intermediate", "counters", "rates", "summaries", "histograms"}},
      Names{"autocannon",
            {"url", "connections", "pipelining", "duration", "start", "finish", "errors", "timeouts", "non2xx",
             "latency", "requests", "throughput", "samples", "statuscodestats"}},
      Names{"bombardier", {"spec", "result"}},
      Names{"fortio-report",
            {"runtype", "labels", "starttime", "requestedqps", "requestedduration", "actualqps", "actualduration",
             "numthreads", "durationhistogram", "retcodes", "sizes"}},
      Names{"gatling-stats",
            {"type", "name", "path", "pathformatted", "stats", "contents", "numberofrequests", "minresponsetime",
             "maxresponsetime", "meanresponsetime", "percentiles1"}},
      Names{"siege-summary",
            {"transactions", "availability", "elapsedtime", "datatransferred", "responsetime", "transactionrate",
             "throughput", "concurrency", "successfultransactions", "failedtransactions", "longesttransaction",
             "shortesttransaction"}},
      Names{"generic-csv", {"timestamp", "durationms", "endpoint", "status", "success", "error"}},
      Names{"access-log",
            {"timelocal", "timeiso8601", "remoteaddr", "request", "requesttime", "requestmethod", "requesturi",
             "status", "bodybytessent", "bytessent"}}};
  return kFormats;
}

/// "Request Count", "request_count" and "requestCount" are the same.
std::string plain(std::string_view name) {
  std::string letters;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') letters += static_cast<char>(c | 0x20);
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) letters += c;
  }
  return letters;
}

}  // namespace

std::vector<std::string_view> nearest_formats(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 3;
  constexpr std::size_t kLeastShared = 2;
  std::set<std::string> given;
  for (const std::string& name : names) given.insert(plain(name));
  std::vector<std::pair<std::size_t, std::string_view>> alike;
  for (const Names& format : formats()) {
    const auto shared = static_cast<std::size_t>(
        std::ranges::count_if(format.names, [&](std::string_view name) { return given.contains(std::string(name)); }));
    if (shared >= kLeastShared) alike.emplace_back(shared, format.format);
  }
  std::ranges::sort(
      alike, [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
  std::vector<std::string_view> nearest;
  for (std::size_t i = 0; i < std::min(kMost, alike.size()); ++i) {
    // One that shares little beside the best tells nothing.
    if (alike[i].first * 2 >= alike.front().first) nearest.push_back(alike[i].second);
  }
  return nearest;
}

}  // namespace omniwriter
