#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "model_at.hpp"
#include "support/http2_script.hpp"

// A call that meets a fault while a hundred others are in flight, over either protocol.
namespace headway::test {

/// One answer of a scripted server, the same over HTTP/1.1 and HTTP/2. Its body has no told length.
class Answer {
 public:
  virtual ~Answer() = default;

  virtual void head(const Fields& fields = {{"content-type", "application/json"}}) = 0;
  virtual void body(const std::string& bytes) = 0;
  virtual void end() = 0;
  /// A TCP reset; over HTTP/2 RST_STREAM with INTERNAL_ERROR.
  virtual void reset() = 0;
  /// FIN, after what was sent. Over HTTP/2 it is for all streams of the connection.
  virtual void close() = 0;
  virtual void after(std::chrono::milliseconds time, std::function<void()> then) = 0;
};

class Http1Answer final : public Answer {
 public:
  explicit Http1Answer(Conversation& its_conversation) : conversation(its_conversation) {}

  void head(const Fields& fields) override;
  void body(const std::string& bytes) override;
  void end() override;
  void reset() override { conversation.reset(); }
  void close() override { conversation.close(); }
  void after(std::chrono::milliseconds time, std::function<void()> then) override;
  /// Does what is due, until there is no more.
  void carry();
  bool ended() const { return ended_; }

  Conversation& conversation;

 private:
  struct Due {
    std::chrono::milliseconds time;
    std::function<void()> then;
  };
  std::deque<Due> due_;
  bool ended_ = false;
};

class Http2Answer final : public Answer {
 public:
  Http2Answer(Http2Connection& its_connection, std::int32_t its_stream)
      : connection(its_connection), stream(its_stream) {}

  void head(const Fields& fields) override { connection.server.head(stream, 200, fields); }
  void body(const std::string& bytes) override { connection.server.data(stream, bytes, false); }
  void end() override { connection.server.data(stream, "", true); }
  void reset() override { connection.server.reset(stream, 2); }
  void close() override { connection.close(); }
  void after(std::chrono::milliseconds time, std::function<void()> then) override {
    connection.after(time, std::move(then));
  }

  Http2Connection& connection;
  const std::int32_t stream;
};

using AnswerPtr = std::shared_ptr<Answer>;
using Fault = std::function<void(const AnswerPtr&)>;

/// A server, a client, and a hundred calls that are in flight when prompts that begin with "victim" meet the fault. At
/// its end each of the others must have ended once, with its echo.
class Victims {
 public:
  static constexpr std::size_t others = 100;

  /// The fault waits until the victim and all others are with the server.
  Victims(HttpVersion version, Fault fault, ClientOptions options = without_retries(),
          Http2ServerOptions server = Http2ServerOptions());
  Victims(const Victims&) = delete;
  Victims& operator=(const Victims&) = delete;
  ~Victims();

  /// How one call ends.
  Outcome<Response> call(const CallOptions& options = CallOptions());
  /// How one stream ends: with all its texts, or an error. Each text is passed to `heard`.
  Outcome<std::string> stream(const std::function<void(const std::string&)>& heard = {},
                              const CallOptions& options = CallOptions());
  /// The others are answered as soon as they come, and not only after the victim's end.
  void let_others_go() { released_ = true; }

  /// Whether the server has all of them, now or soon.
  bool others_are_there() const;

  const OpenAI& model() const { return model_; }
  Peer& peer() { return peer_; }
  Http2Log log;

 private:
  struct Other {
    std::atomic<int> ends = 0;
    Outcome<Response> outcome;
  };

  void answer(const AnswerPtr& answer, const std::string& prompt);
  void misbehave(const AnswerPtr& answer);
  void echo_when_released(const AnswerPtr& answer, const std::string& prompt);
  Peer::Script script(HttpVersion version, Http2ServerOptions server);
  bool all_have_ended() const;

  const Fault fault_;
  std::atomic<std::size_t> arrived_ = 0;
  std::atomic<bool> released_ = false;
  std::vector<Other> others_ = std::vector<Other>(others);
  Peer peer_;
  Client client_;
  OpenAI model_;
};

/// A test over the protocol that is its parameter, or over one alone, that fails if it leaves a descriptor open.
class EachProtocol : public testing::TestWithParam<HttpVersion> {
 protected:
  void TearDown() override;

 private:
  static std::size_t open_descriptors();
  std::size_t before_ = open_descriptors();
};

inline std::string name_of(const testing::TestParamInfo<HttpVersion>& info) {
  return info.param == HttpVersion::http_2 ? "Http2" : "Http11";
}

}  // namespace headway::test
