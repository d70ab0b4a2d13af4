#include "delivery/delivered_before.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace omniwriter {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;

/// What a slot holds of an endpoint.
struct Cell {
  std::string endpoint;
  std::int64_t slot;
  std::string status;
  std::vector<std::int64_t> milliseconds;
};

omniwriter::Run run_of(const std::vector<Cell>& cells) {
  omniwriter::Run run;
  std::map<std::string, std::map<std::int64_t, Tally>> slots;
  for (const Cell& cell : cells) {
    Tally tally;
    for (const std::int64_t time : cell.milliseconds) tally.response_time.add(time * 1'000'000);
    run.outcomes.push_back({cell.status, cell.status == "200" ? "" : "http_" + cell.status});
    tally.outcomes.add(static_cast<std::uint32_t>(run.outcomes.size() - 1), cell.milliseconds.size());
    slots[cell.endpoint][cell.slot].merge(tally);
  }
  for (const auto& [endpoint, timeline] : slots) {
    Series& series = run.series.emplace_back();
    series.endpoint = endpoint;
    series.timeline = Timeline(timeline);
    for (const auto& [slot, tally] : timeline) series.total.merge(tally);
  }
  return run;
}

const std::vector<Cell> kCells{
    {"/a", 1, "200", {5, 7}}, {"/b", 1, "500", {9}}, {"/a", 4, "200", {5}}, {"/b", 6, "200", {5}}};

std::vector<Cell> with(Cell cell) {
  auto cells = kCells;
  cells.insert(cells.begin(), std::move(cell));  // outcomes have other numbers now
  return cells;
}

TEST(ChangedSlots, AreThoseThatGotRequests) {
  const omniwriter::Run before = run_of(kCells);
  EXPECT_THAT(changed_slots(before, before), Optional(IsEmpty()));
  EXPECT_THAT(changed_slots(before, run_of(with({"/a", 7, "200", {5}}))), Optional(IsEmpty())) << "it comes behind";
  EXPECT_THAT(changed_slots(before, run_of(with({"/a", 6, "200", {5}}))), Optional(IsEmpty())) << "the last one";
  EXPECT_THAT(changed_slots(before, run_of(with({"/a", 1, "404", {5}}))), Optional(ElementsAre(1)));
  EXPECT_THAT(changed_slots(before, run_of(with({"/c", 4, "200", {5}}))), Optional(ElementsAre(4)));
  EXPECT_THAT(changed_slots(before, run_of(with({"/a", 0, "200", {5}}))), Optional(ElementsAre(0)));
  EXPECT_THAT(changed_slots(before, run_of(with({"/a", 3, "200", {5}}))), Optional(ElementsAre(3)));
}

TEST(ChangedSlots, OfALongRunAreFoundAnywhere) {
  std::vector<Cell> cells;
  for (std::int64_t slot = 0; slot < 9000; ++slot) cells.push_back({"/a", slot, "200", {5}});
  const omniwriter::Run before = run_of(cells);
  for (const std::int64_t slot : {0, 3999, 4000, 4001, 8998}) cells.push_back({"/a", slot, "200", {7}});
  EXPECT_THAT(changed_slots(before, run_of(cells)), Optional(ElementsAre(0, 3999, 4000, 4001, 8998)));
}

TEST(ChangedSlots, AreNotEnoughWhereWhatWasToldIsNotReplaced) {
  const omniwriter::Run before = run_of(kCells);
  for (std::size_t gone = 0; gone < kCells.size(); ++gone) {
    auto cells = kCells;
    cells.erase(cells.begin() + static_cast<std::ptrdiff_t>(gone));
    EXPECT_EQ(changed_slots(before, run_of(cells)), std::nullopt) << gone;
  }
  const auto otherwise = [&](const auto& change) {
    auto cells = kCells;
    change(cells[0]);
    return changed_slots(before, run_of(cells));
  };
  EXPECT_EQ(otherwise([](Cell& cell) { cell.endpoint = "/c"; }), std::nullopt);
  EXPECT_EQ(otherwise([](Cell& cell) { cell.status = "404"; }), std::nullopt);
  EXPECT_EQ(otherwise([](Cell& cell) { cell.milliseconds = {5, 8}; }), std::nullopt);
  omniwriter::Run wider = before;
  wider.interval_seconds = 2;
  EXPECT_EQ(changed_slots(before, wider), std::nullopt);
  omniwriter::Run named = before;
  named.info.test_name = "another";
  EXPECT_EQ(changed_slots(before, named), std::nullopt);
}

TEST(ChangedSlots, AreThoseWithOtherUsersToo) {
  omniwriter::Run before = run_of(kCells);
  omniwriter::Run now = before;
  now.active_users[4] = 7;
  EXPECT_THAT(changed_slots(before, now), Optional(ElementsAre(4)));
  EXPECT_EQ(changed_slots(now, before), std::nullopt);
}

TEST(ChangedSlots, AreThoseWithOtherPhasesChecksAndMetricsToo) {
  omniwriter::Run before = run_of(kCells);
  Tally passed;
  passed.response_time.add(0);
  passed.outcomes.add(0, 1);
  const auto with_check = [&](std::map<std::int64_t, Tally> slots) {
    omniwriter::Run run = before;
    run.series.push_back({.endpoint = "/a", .kind = SampleKind::check, .total = {}, .timeline = std::move(slots)});
    return run;
  };
  EXPECT_THAT(changed_slots(with_check({{1, passed}}), with_check({{1, passed}})), Optional(IsEmpty()));
  EXPECT_THAT(changed_slots(before, with_check({{4, passed}})), Optional(ElementsAre(4)));
  EXPECT_THAT(changed_slots(before, with_check({{2, passed}})), Optional(ElementsAre(2))) << "where no request is";
  EXPECT_EQ(changed_slots(with_check({{4, passed}}), before), std::nullopt) << "it is gone";
}

}  // namespace
}  // namespace omniwriter
