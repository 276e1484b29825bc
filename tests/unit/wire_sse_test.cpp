#include "wire/sse.hpp"

#include <gtest/gtest.h>

#include <vector>

#include <headway/error.hpp>

namespace headway::wire {
namespace {

struct Event {
  std::string type;
  std::string data;

  bool operator==(const Event&) const = default;
};

using Events = std::vector<Event>;

void PrintTo(const Event& event, std::ostream* out) {
  *out << '[' << event.type << '|' << event.data << ']';
}

// Each slice in memory of its own, so that a view into an earlier one is found by the address sanitizer.
Events events_of(SseParser& parser, const std::string& slice) {
  Events events;
  const auto own = std::make_unique<std::string>(slice);
  std::string_view bytes = *own;
  while (const auto event = parser.next(bytes)) events.push_back({std::string(event->type), std::string(event->data)});
  EXPECT_TRUE(bytes.empty());
  return events;
}

Events in_slices(const std::string& stream, std::size_t size) {
  SseParser parser;
  Events events;
  for (std::size_t at = 0; at < stream.size(); at += size) {
    for (auto& event : events_of(parser, stream.substr(at, size))) events.push_back(std::move(event));
  }
  return events;
}

// In one piece, and the same in slices of every size.
Events parse(const std::string& stream) {
  auto whole = in_slices(stream, stream.size() + 1);
  for (std::size_t size = 1; size <= stream.size(); ++size) {
    EXPECT_EQ(in_slices(stream, size), whole) << "in slices of " << size;
  }
  return whole;
}

Event data(const std::string& text) {
  return {"", text};
}

std::string fault(SseLimits limits, const std::vector<std::string>& slices) {
  SseParser parser(limits);
  try {
    for (const auto& slice : slices) events_of(parser, slice);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::protocol);
    return error.what();
  }
  return "none";
}

TEST(Sse, ReadsEvents) {
  EXPECT_EQ(parse("data: one\n\ndata: two\n\n"), (Events{data("one"), data("two")}));
}

TEST(Sse, EndsLinesWithLfCrOrBoth) {
  EXPECT_EQ(parse("data: one\r\n\r\ndata: two\r\n\r\n"), (Events{data("one"), data("two")}));
  EXPECT_EQ(parse("data: one\r\rdata: two\r\r"), (Events{data("one"), data("two")}));
  EXPECT_EQ(parse("data: a\rdata: b\r\ndata: c\n\r\ndata: d\n\n"), (Events{data("a\nb\nc"), data("d")}));
}

TEST(Sse, ACrEndsTheEventBeforeItsLfComes) {
  SseParser parser;
  EXPECT_EQ(events_of(parser, "data: one\r\n\r"), Events{data("one")});
  EXPECT_EQ(events_of(parser, "\ndata: two\r\n\r"), Events{data("two")});
}

TEST(Sse, JoinsLinesOfDataWithLf) {
  EXPECT_EQ(parse("data: YHOO\ndata: +2\ndata: 10\n\n"), Events{data("YHOO\n+2\n10")});
  EXPECT_EQ(parse("data\ndata\n\ndata:\n\n"), (Events{data("\n"), data("")})) << "the standard's own example";
}

TEST(Sse, TakesOffOneSpaceAfterTheColon) {
  EXPECT_EQ(parse("data:test\n\ndata: test\n\ndata:  test \n\n"), (Events{data("test"), data("test"), data(" test ")}));
  EXPECT_EQ(parse("data: a: b:c\n\n"), Events{data("a: b:c")});
}

TEST(Sse, KnowsTheTypeOfOneEventOnly) {
  EXPECT_EQ(parse("event: add\ndata: 1\n\ndata: 2\n\n"), (Events{{"add", "1"}, data("2")}));
  EXPECT_EQ(parse("event: a\nevent: b\ndata: 1\n\n"), (Events{{"b", "1"}}));
  EXPECT_EQ(parse("event: lost\n\ndata: 1\n\n"), Events{data("1")}) << "an event without data takes its type along";
}

TEST(Sse, PassesOverCommentsAndOtherFields) {
  EXPECT_EQ(parse(": ping\n\n:\nid: 7\nretry: 10\nunknown: x\nDATA: no\n data: no\ndata: yes\n\n: end\n"),
            Events{data("yes")});
}

TEST(Sse, PassesOverAByteOrderMarkAtTheBeginningOnly) {
  EXPECT_EQ(parse("\xEF\xBB\xBF"
                  "data: 1\n\n\xEF\xBB\xBF"
                  "data: 2\n\ndata: 3\n\n"),
            (Events{data("1"), data("3")}));
  EXPECT_EQ(parse("\xEF\xBB\xBF\ndata: 1\n\n"), Events{data("1")});
  EXPECT_EQ(parse("\xEF\xBB"
                  "data: 1\n\ndata: 2\n\n"),
            Events{data("2")})
      << "half a mark is part of a name";
}

TEST(Sse, NeverGivesAnEventWithoutItsEnd) {
  EXPECT_EQ(parse("data: one\n\ndata: two"), Events{data("one")});
  EXPECT_EQ(parse("data: one\n\ndata: two\n"), Events{data("one")});
  EXPECT_EQ(parse(""), Events{});
}

TEST(Sse, PassesOnWhatIsNoUtf8) {
  EXPECT_EQ(parse("data: \xFF\xC3\n\ndata: \xE3\x81\x82\n\n"), (Events{data("\xFF\xC3"), data("\xE3\x81\x82")}));
  const std::string zero("data: a\0b\n\n", 11);
  EXPECT_EQ(parse(zero), Events{data(std::string("a\0b", 3))});
}

TEST(Sse, ReadsLongLines) {
  const std::string text(5000, 'x');
  const auto stream = "data: " + text + "\n\n" + "data: " + text + "\rdata: " + text + "\n\n";
  for (const std::size_t size : {1u, 7u, 1023u, 1024u, 1025u, 20000u}) {
    EXPECT_EQ(in_slices(stream, size), (Events{data(text), data(text + "\n" + text)})) << "in slices of " << size;
  }
}

TEST(Sse, DoesNotCopyALineOfDataThatIsInOnePiece) {
  SseParser parser;
  const std::string stream = "data: one\n\n";
  std::string_view bytes = stream;
  EXPECT_EQ(parser.next(bytes).value().data.data(), stream.data() + 6);
}

TEST(Sse, GivesOneEventAtATime) {
  SseParser parser;
  const std::string stream = "data: one\n\ndata: two\n\nrest";
  std::string_view bytes = stream;
  EXPECT_EQ(parser.next(bytes).value().data, "one");
  EXPECT_EQ(bytes, "data: two\n\nrest");
}

TEST(Sse, TheEndMayBringAnEventWithoutItsBlankLine) {
  for (const std::string last : {"data: two", "data: two\n", "data: two\r\n"}) {
    SseParser parser;
    const auto stream = "data: one\n\n" + last;
    std::string_view bytes = stream;
    EXPECT_EQ(parser.next(bytes)->data, "one");
    EXPECT_FALSE(parser.next(bytes));
    const auto event = parser.end();
    ASSERT_TRUE(event) << last;
    EXPECT_EQ(event->data, "two");
  }
  SseParser whole;
  std::string_view bytes = "data: one\n\n: a comment";
  EXPECT_TRUE(whole.next(bytes));
  EXPECT_FALSE(whole.next(bytes));
  EXPECT_FALSE(whole.end());
}

TEST(Sse, LimitsALine) {
  SseLimits limits;
  limits.max_line = 10;
  const std::string refusal = "a line of the event stream has more than 10 bytes";
  EXPECT_EQ(fault(limits, {"data: 4567\n\n"}), "none");
  EXPECT_EQ(fault(limits, {"data: 45678\n\n"}), refusal);
  EXPECT_EQ(fault(limits, {"data: ", "45678"}), refusal) << "whether its end has come or not";
  EXPECT_EQ(fault(limits, {": a comment that never ends"}), refusal);
}

TEST(Sse, LimitsTheDataOfAnEvent) {
  SseLimits limits;
  limits.max_data = 5;
  const std::string refusal = "an event of the event stream has more than 5 bytes";
  EXPECT_EQ(fault(limits, {"data: 12\ndata: 45\n\ndata: 12345\n\n"}), "none");
  EXPECT_EQ(fault(limits, {"data: 123456\n\n"}), refusal);
  EXPECT_EQ(fault(limits, {"data: 12\n", "data: 456\n\n"}), refusal);
  EXPECT_EQ(fault(limits, {"data\ndata\ndata\ndata\ndata\ndata\ndata\n\n"}), refusal) << "line ends count";
}

}  // namespace
}  // namespace headway::wire
