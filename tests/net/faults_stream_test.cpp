// Faults of one streamed answer over either protocol, with a hundred other calls in flight.

#include <gtest/gtest.h>

#include "streamed.hpp"
#include "support/compressed.hpp"
#include "victim.hpp"

namespace headway::test {
namespace {

using namespace std::chrono_literals;

const Fields events{{"content-type", "text/event-stream"}};
const Fields packed_events{{"content-type", "text/event-stream"}, {"content-encoding", "gzip"}};

/// How the bytes of a stream stop.
enum class Stop { end, reset, open };

/// The bytes, and then no more.
Fault saying(const std::string& bytes, Stop stop = Stop::end, const Fields& fields = events) {
  return [=](const AnswerPtr& answer) {
    answer->head(fields);
    answer->body(bytes);
    if (stop == Stop::end) answer->end();
    if (stop == Stop::reset) answer->after(200ms, [answer] { answer->reset(); });
  };
}

class StreamFaults : public EachProtocol {
 protected:
  /// Gives the error; its kind is `kind`, and `text` had come before.
  Error expect_failure(ErrorKind kind, Fault fault, const std::string& text,
                       const ClientOptions& options = without_retries()) {
    Victims victims(GetParam(), std::move(fault), options);
    std::string heard;
    const auto outcome = victims.stream([&](const std::string& part) { heard += part; });
    EXPECT_EQ(heard, text);
    EXPECT_FALSE(outcome);
    const auto error = outcome ? Error(ErrorKind::exception, "there was none") : outcome.error();
    EXPECT_EQ(error.kind(), kind) << error.what();
    EXPECT_EQ(error.info().attempts, 1);
    return error;
  }
};

INSTANTIATE_TEST_SUITE_P(Over, StreamFaults, testing::Values(HttpVersion::http_1_1, HttpVersion::http_2), name_of);

TEST_P(StreamFaults, AreNone) {
  Victims victims(GetParam(), saying(delta("all ") + delta("of it", "stop") + usage_event() + done_event));
  const auto outcome = victims.stream();
  ASSERT_TRUE(outcome) << outcome.error().what();
  EXPECT_EQ(*outcome, "all of it");
}

TEST_P(StreamFaults, ACutInsideAnEvent) {
  const auto error = expect_failure(ErrorKind::incomplete, saying(delta("half") + "data: {\"choi"), "half");
  EXPECT_TRUE(error.info().maybe_billed);
}

TEST_P(StreamFaults, ACutInsideACharacter) {
  const auto second = delta("caf\u00e9");
  expect_failure(ErrorKind::incomplete, saying(delta("half") + second.substr(0, second.find('\xA9'))), "half");
}

TEST_P(StreamFaults, HalfACharacterInAWholeEvent) {
  auto broken = delta("caf\u00e9");
  broken.erase(broken.find('\xA9'), 1);
  expect_failure(ErrorKind::protocol, saying(delta("half") + broken + done_event), "half");
}

TEST_P(StreamFaults, ACutBeforeDone) {
  expect_failure(ErrorKind::incomplete, saying(delta("half")), "half");
}

TEST_P(StreamFaults, ACutBeforeTheFirstEvent) {
  expect_failure(ErrorKind::incomplete, saying(": ping\n\n"), "");
}

TEST_P(StreamFaults, AResetInsideAnEvent) {
  Victims victims(GetParam(), saying(delta("half") + "data: {\"choi", Stop::reset));
  const auto outcome = victims.stream();
  ASSERT_FALSE(outcome);
  // A TCP reset takes with it what the client has not read yet.
  const bool all_was_lost = outcome.error().kind() == ErrorKind::connect && GetParam() == HttpVersion::http_1_1;
  EXPECT_TRUE(outcome.error().kind() == ErrorKind::incomplete || all_was_lost) << outcome.error().what();
  EXPECT_TRUE(outcome.error().info().maybe_billed);
}

TEST_P(StreamFaults, AnErrorInTheStream) {
  const auto broke = event(R"({"error":{"message":"it broke","type":"server_error"}})");
  const auto error = expect_failure(ErrorKind::server, saying(delta("half") + broke, Stop::open), "half");
  EXPECT_EQ(error.info().provider_message, "it broke");
}

TEST_P(StreamFaults, AnOpenEndAfterDone) {
  Victims victims(GetParam(), saying(delta("all") + done_event, Stop::open));
  const auto outcome = victims.stream();
  ASSERT_TRUE(outcome) << outcome.error().what();
  EXPECT_EQ(*outcome, "all");
}

TEST_P(StreamFaults, AStreamThatStandsStill) {
  auto options = without_retries();
  options.timeouts.idle = 3s;
  expect_failure(ErrorKind::idle_timeout, saying(delta("half"), Stop::open), "half", options);
}

TEST_P(StreamFaults, ALineAboveItsLimit) {
  expect_failure(ErrorKind::protocol, saying("data: " + std::string((8 << 20) + 1, 'x'), Stop::open), "");
}

TEST_P(StreamFaults, AnEventAboveItsLimit) {
  const auto line = "data: " + std::string(6 << 20, 'x') + "\n";
  expect_failure(ErrorKind::protocol, saying(line + line + line, Stop::open), "");
}

TEST_P(StreamFaults, ABodyAboveItsLimit) {
  auto options = without_retries();
  options.max_response_bytes = 10'000;
  std::string long_stream;
  while (long_stream.size() <= 10'000) long_stream += delta("");
  expect_failure(ErrorKind::protocol, saying(long_stream, Stop::open), "", options);
}

TEST_P(StreamFaults, ABomb) {
  const auto bomb = compressed(Format::gzip, delta("half") + ": " + std::string(16 << 20, ' '));
  Victims victims(GetParam(), saying(bomb, Stop::open, packed_events));
  const auto outcome = victims.stream();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind(), ErrorKind::protocol) << outcome.error().what();
}

TEST_P(StreamFaults, APackedStreamThatIsCut) {
  const auto pieces = compressed_pieces(Format::gzip, {delta("half"), delta("and half"), done_event});
  expect_failure(ErrorKind::incomplete, saying(pieces[0], Stop::end, packed_events), "half");
}

/// Sends each piece when the client has heard all texts before it.
class InStep {
 public:
  explicit InStep(std::vector<std::string> pieces) : pieces_(std::move(pieces)) {}

  void send(const AnswerPtr& answer, std::size_t next = 0) {
    if (next == pieces_.size()) return answer->end();
    if (heard < next) return answer->after(2ms, [this, answer, next] { send(answer, next); });
    answer->body(pieces_[next]);
    answer->after(0ms, [this, answer, next] { send(answer, next + 1); });
  }
  std::atomic<std::size_t> heard = 0;

 private:
  const std::vector<std::string> pieces_;
};

TEST_P(StreamFaults, APackedStreamComesEventByEvent) {
  for (const auto& [format, name] : {std::pair(Format::gzip, "gzip"), std::pair(Format::brotli, "br")}) {
    InStep server(compressed_pieces(format, {delta("one "), delta("two "), delta("three", "stop"), done_event}));
    const Fields fields{{"content-type", "text/event-stream"}, {"content-encoding", name}};
    Victims victims(GetParam(), [&, fields](const AnswerPtr& answer) {
      answer->head(fields);
      server.send(answer);
    });
    const auto outcome = victims.stream([&](const std::string&) { ++server.heard; });
    ASSERT_TRUE(outcome) << name << ": " << outcome.error().what();
    EXPECT_EQ(*outcome, "one two three");
  }
}

TEST_P(StreamFaults, LeavingEarlyIsNone) {
  {
    Victims victims(GetParam(), saying(delta("one") + delta("two"), Stop::open));
    for (const auto& chunk : victims.model().stream("victim")) {
      EXPECT_EQ(chunk.text, "one");
      break;
    }
    if (GetParam() == HttpVersion::http_2) {
      EXPECT_TRUE(victims.peer().wait_until([&] { return victims.log.resets == 1; }));
    } else {
      EXPECT_TRUE(victims.peer().wait_until([&] { return victims.peer().open_connections() == Victims::others; }));
    }
  }
}

}  // namespace
}  // namespace headway::test
