// What an HTTP/2 server may do to a stream or a connection on which a hundred other calls are in flight.
//
// Stream ids are never used up: a connection ends after 9,900 requests, see Http2Calls.OutliveTheirConnections and
// Rotated.TheConnectionEndsBeforeTheServerEndsIt.

#include <gtest/gtest.h>

#include "victim.hpp"

namespace headway::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint8_t data_frame = 0, headers_frame = 1, settings_frame = 4, push_promise_frame = 5, ping_frame = 6,
                       window_update_frame = 8;
constexpr std::uint8_t end_headers = 4;
constexpr std::uint32_t no_error = 0, refused_stream = 7, enhance_your_calm = 11, http_1_1_required = 13;

using OnConnection = std::function<void(Http2Connection&, std::int32_t)>;

Fault on_connection(OnConnection fault) {
  return [fault = std::move(fault)](const AnswerPtr& answer) {
    const auto& over_http2 = static_cast<Http2Answer&>(*answer);
    fault(over_http2.connection, over_http2.stream);
  };
}

void answer_whole(const AnswerPtr& answer) {
  answer->head();
  answer->body(completion_body("at last"));
  answer->end();
}

CallOptions never_again() {
  CallOptions options;
  options.max_retries = 0;
  return options;
}

class StreamReset : public EachProtocol {};
INSTANTIATE_TEST_SUITE_P(Over, StreamReset, testing::Values(HttpVersion::http_2), name_of);

TEST_P(StreamReset, OfEachCodeBeforeTheHead) {
  for (std::uint32_t code = no_error; code <= http_1_1_required; ++code) {
    Victims victims(GetParam(), on_connection([code](Http2Connection& connection, std::int32_t stream) {
                      connection.server.reset(stream, code);
                    }));
    const auto outcome = victims.call();
    ASSERT_FALSE(outcome) << code;
    const auto expected = code == http_1_1_required ? ErrorKind::protocol : ErrorKind::connect;
    EXPECT_EQ(outcome.error().kind(), expected) << code << ": " << outcome.error().what();
    EXPECT_EQ(outcome.error().info().maybe_billed, code != refused_stream) << code;
    EXPECT_EQ(outcome.error().info().attempts, code == refused_stream ? 4 : 1) << code;
  }
}

TEST_P(StreamReset, OfEachCodeInsideTheBody) {
  for (std::uint32_t code = no_error; code <= http_1_1_required; ++code) {
    Victims victims(GetParam(), [code](const AnswerPtr& answer) {
      answer->head();
      answer->body("{\"choices\":");
      answer->after(5ms, [code, answer] {
        const auto& one = static_cast<Http2Answer&>(*answer);
        one.connection.server.reset(one.stream, code);
      });
    });
    const auto outcome = victims.call();
    ASSERT_FALSE(outcome) << code;
    const auto expected = code == http_1_1_required ? ErrorKind::protocol : ErrorKind::incomplete;
    EXPECT_EQ(outcome.error().kind(), expected) << code << ": " << outcome.error().what();
    EXPECT_TRUE(outcome.error().info().maybe_billed) << code;
  }
}

TEST_P(StreamReset, ForEverRefusedIsToldInTheEnd) {
  Victims victims(GetParam(), on_connection([](Http2Connection& connection, std::int32_t stream) {
                    connection.server.reset(stream, refused_stream);
                  }),
                  client_options());
  const auto outcome = victims.call();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind(), ErrorKind::connect);
  EXPECT_FALSE(outcome.error().info().maybe_billed);
  EXPECT_EQ(outcome.error().info().attempts, 3 + 3) << "three at no cost, and then as any failure";
}

TEST_P(StreamReset, AWindowThatNeverOpensHoldsUpNoOther) {
  Http2ServerOptions server;
  server.window = 1'000;
  server.gives_back = false;
  Victims victims(GetParam(), answer_whole, without_retries(), server);
  ASSERT_TRUE(victims.others_are_there());
  CallOptions options;
  options.timeout = 1s;
  const auto error = error_of(victims.model(), "victim" + std::string(100'000, 'x'), options);
  EXPECT_EQ(error.kind(), ErrorKind::timeout) << error.what();
  EXPECT_FALSE(error.info().maybe_billed) << "it never had the whole request";
  EXPECT_TRUE(victims.peer().wait_until([&] { return victims.log.resets == 1; }));
}

/// The connection is at its end, and its calls are sent again on another: all but the victim, which may not be.
class ConnectionFault : public EachProtocol {
 protected:
  static void expect_others_unharmed(OnConnection fault) {
    Victims victims(HttpVersion::http_2, on_connection(std::move(fault)), client_options());
    const auto outcome = victims.call(never_again());
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind(), ErrorKind::connect) << outcome.error().what();
    EXPECT_TRUE(outcome.error().info().maybe_billed);
    EXPECT_EQ(outcome.error().info().attempts, 1);
  }
  /// Of frames that cost the server nothing.
  static OnConnection flood(std::uint8_t type, const std::string& payload) {
    return [type, payload](Http2Connection& connection, std::int32_t stream) {
      const bool of_a_stream = type == data_frame;
      for (int i = 0; i < 5'000; ++i) connection.server.frame(type, 0, of_a_stream ? stream : 0, payload);
    };
  }
};
INSTANTIATE_TEST_SUITE_P(Over, ConnectionFault, testing::Values(HttpVersion::http_2), name_of);

TEST_P(ConnectionFault, AFloodOfPings) {
  expect_others_unharmed(flood(ping_frame, "12345678"));
}

TEST_P(ConnectionFault, AFloodOfSettings) {
  expect_others_unharmed(flood(settings_frame, ""));
}

TEST_P(ConnectionFault, APush) {
  expect_others_unharmed([](Http2Connection& connection, std::int32_t stream) {
    connection.server.frame(push_promise_frame, end_headers, stream, std::string("\0\0\0\2", 4) + "\x82\x86\x84");
  });
}

TEST_P(ConnectionFault, HeadersThatAreNoHpack) {
  expect_others_unharmed([](Http2Connection& connection, std::int32_t stream) {
    connection.server.frame(headers_frame, end_headers, stream, std::string(20, '\xff'));
  });
}

TEST_P(ConnectionFault, AFrameAboveTheLimit) {
  expect_others_unharmed([](Http2Connection& connection, std::int32_t stream) {
    connection.server.frame(data_frame, 0, stream, std::string(20'000, 'x'));
  });
}

TEST_P(ConnectionFault, AWindowAboveTheLimit) {
  expect_others_unharmed([](Http2Connection& connection, std::int32_t) {
    for (int i = 0; i < 2; ++i) connection.server.frame(window_update_frame, 0, 0, "\x7f\xff\xff\xff");
  });
}

TEST_P(ConnectionFault, AnAnswerToAStreamThatIsNotThere) {
  expect_others_unharmed(
      [](Http2Connection& connection, std::int32_t) { connection.server.frame(data_frame, 0, 9'999, "what?"); });
}

TEST_P(ConnectionFault, AGoodbyeForAbuseAndTheEnd) {
  expect_others_unharmed([](Http2Connection& connection, std::int32_t stream) {
    connection.server.goaway(stream, enhance_your_calm);
    connection.close();
  });
}

TEST_P(ConnectionFault, AReset) {
  expect_others_unharmed([](Http2Connection& connection, std::int32_t) { connection.reset(); });
}

TEST_P(ConnectionFault, AGoodbyeThatProcessedNothingCostsNobodyARetry) {
  Victims victims(GetParam(), on_connection([](Http2Connection& connection, std::int32_t stream) {
                    if (connection.number() > 1)
                      return connection.server.reply(stream, 200, completion_body("at last"));
                    connection.server.goaway(0);
                    connection.close();
                  }));
  const auto outcome = victims.call(never_again());
  ASSERT_TRUE(outcome) << outcome.error().what();
  EXPECT_EQ(outcome->text(), "at last");
  EXPECT_EQ(outcome->attempts, 2);
}

TEST_P(ConnectionFault, AGoodbyeInTwoStepsHarmsNobody) {
  constexpr std::int32_t later = 0x7fffffff;
  Victims victims(GetParam(), [](const AnswerPtr& answer) {
    auto& one = static_cast<Http2Answer&>(*answer);
    one.connection.server.goaway(later);
    answer->after(20ms, [answer, &one] {
      one.connection.server.goaway(one.stream);
      answer->after(20ms, [answer] { answer_whole(answer); });
    });
  });
  const auto outcome = victims.call();
  ASSERT_TRUE(outcome) << outcome.error().what();
  EXPECT_EQ(outcome->text(), "at last");
  EXPECT_EQ(outcome->attempts, 1);
}

}  // namespace
}  // namespace headway::test
