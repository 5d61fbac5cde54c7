#include <gtest/gtest.h>

#include "aplus/events/v1/requests.pb.h"
#include "services/requests/rpc/live_hub.h"

namespace aplus::requests {
namespace {

const UserId kHelper = *UserId::Parse("0190d000-0000-7000-8000-0000000000b1");
const UserId kInstructor = *UserId::Parse("0190d000-0000-7000-8000-0000000000b2");
const GroupId kGroup = *GroupId::Parse("0190d000-0000-7000-8000-0000000000c1");
const GroupId kOther = *GroupId::Parse("0190d000-0000-7000-8000-0000000000c2");

template <class Message>
LiveRecord Record(Message message, events::v1::Lane lane) {
  message.mutable_request()->set_request_id("0190d000-0000-7000-8000-0000000000a1");
  message.mutable_request()->add_helper_user_ids(kHelper.ToString());
  EventRecord record;
  record.set_position(9);
  record.set_kind(message.GetTypeName());
  record.set_payload(message.SerializeAsString());
  record.mutable_audience()->set_lane(lane);
  record.mutable_audience()->add_group_ids(kGroup.ToString());
  if (lane == events::v1::LANE_ALL) record.mutable_audience()->add_user_ids(kHelper.ToString());
  return LiveRecordOf(record).value();
}

TEST(Live, P28_APrivateMessageStirsNoHelpersPage) {
  const LiveRecord secret = Record(events::v1::MessagePosted(), events::v1::LANE_INSTRUCTORS);
  EXPECT_EQ(secret.kind, "message");
  EXPECT_TRUE(Hears(secret, kInstructor, {kGroup}));
  EXPECT_FALSE(Hears(secret, kHelper, {}));
  EXPECT_FALSE(Hears(secret, kHelper, {kGroup})) << "who stands on both sides counts as helper side";
  EXPECT_FALSE(Hears(secret, kInstructor, {kOther}));
  EXPECT_FALSE(Hears(secret, kInstructor, {}));
}

TEST(Live, P26_OnlyWhoTakesPartHears) {
  const LiveRecord open = Record(events::v1::MessagePosted(), events::v1::LANE_ALL);
  EXPECT_TRUE(Hears(open, kHelper, {}));
  EXPECT_TRUE(Hears(open, kInstructor, {kGroup}));
  EXPECT_FALSE(Hears(open, kInstructor, {kOther}));
}

TEST(Live, TellsMarksFromFilesAndSkipsWhatNoPageShows) {
  events::v1::RequestTouched touched;
  touched.set_what(events::v1::RequestTouched::WHAT_FILE);
  EXPECT_EQ(Record(touched, events::v1::LANE_ALL).kind, "file");
  touched.set_what(events::v1::RequestTouched::WHAT_MARK);
  EXPECT_EQ(Record(touched, events::v1::LANE_ALL).kind, "mark");
  EventRecord warning;
  warning.set_kind("aplus.events.v1.RequestLateSoon");
  EXPECT_FALSE(LiveRecordOf(warning));
}

}  // namespace
}  // namespace aplus::requests
