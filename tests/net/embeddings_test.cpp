// Embeddings over the wire: texts packed into requests, refused packs split, every text's outcome its own.

#include <algorithm>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <headway/openai_embeddings.hpp>
#include <headway/run.hpp>

#include "model_at.hpp"

namespace headway::test {
namespace {

/// The texts of a request, which hold no quotes.
std::vector<std::string> inputs_of(const Request& request) {
  std::vector<std::string> all;
  const auto begin = request.body.find("\"input\":[") + 9;
  const auto list = request.body.substr(begin, request.body.find(']', begin) - begin);
  for (std::size_t at = list.find('"'); at != std::string::npos;) {
    const auto end = list.find('"', at + 1);
    all.push_back(list.substr(at + 1, end - at - 1));
    at = list.find('"', end + 1);
  }
  return all;
}

/// The last text first; the embedding of "text 7" is [7, 0.5].
std::string embeddings_of(const std::vector<std::string>& texts) {
  std::string data;
  for (auto i = texts.size(); i-- > 0;) {
    data += (data.empty() ? "" : ",") + std::string(R"({"object":"embedding","index":)") + std::to_string(i) +
            R"(,"embedding":[)" + texts[i].substr(texts[i].rfind(' ') + 1) + ",0.5]}";
  }
  return R"({"object":"list","model":"m","data":[)" + data + R"(],"usage":{"prompt_tokens":3,"total_tokens":3}})";
}

/// Takes so many texts at a time, and none that says "long" or is empty.
Peer::Script serve_embeddings(std::size_t most) {
  return [most](Conversation& conversation) {
    while (const auto request = conversation.read_request()) {
      const auto texts = inputs_of(*request);
      const auto is = [&](auto what) { return std::ranges::any_of(texts, what); };
      if (texts.size() > most) {
        conversation.send(error_reply(400, "batch size is invalid, it should not be larger than that", "t", "c"));
      } else if (is([](const std::string& text) { return text.starts_with("long"); })) {
        conversation.send(error_reply(400, "This model's maximum context length is 8192 tokens", "t", "c"));
      } else if (is([](const std::string& text) { return text.empty(); })) {
        conversation.send(error_reply(400, "'$.input' is invalid", "t", "c"));
      } else {
        conversation.send(reply(200, embeddings_of(texts)));
      }
    }
  };
}

std::vector<std::string> numbered_texts(std::size_t count) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i) texts.push_back("text " + std::to_string(i));
  return texts;
}

OpenAIEmbeddingsOptions embedding_options_at(const Peer& peer) {
  OpenAIEmbeddingsOptions options;
  options.base_url = peer.url("/v1");
  options.api_key = test_key;
  return options;
}

OpenAIEmbeddings embeddings_at(const Peer& peer, std::size_t max_inputs = 2048, std::size_t max_concurrency = 4) {
  auto options = embedding_options_at(peer);
  options.max_inputs = max_inputs;
  options.max_concurrency = max_concurrency;
  return OpenAIEmbeddings(options, Client(client_options()));
}

void expect_in_order(const std::vector<Embedding>& all, std::size_t count) {
  ASSERT_EQ(all.size(), count);
  for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(all[i], (Embedding{static_cast<float>(i), 0.5F}));
}

TEST(Embeddings, OfManyTextsShareRequestsAndComeInTheTextsOrder) {
  Peer peer(serve_embeddings(100));
  expect_in_order(embeddings_at(peer, 10).embed_documents(numbered_texts(95)), 95);
  EXPECT_EQ(peer.request_count(), 10U);
  const auto request = peer.requests().front();
  EXPECT_EQ(request.target, "/v1/embeddings");
  EXPECT_EQ(request.header("authorization"), std::string("Bearer ") + test_key);
  EXPECT_NE(request.body.find(R"({"model":"text-embedding-ada-002","input":["text )"), std::string::npos);
  EXPECT_TRUE(request.body.ends_with(R"(],"encoding_format":"base64"})"));
}

TEST(Embeddings, WhatIsRefusedAsTooLargeIsSplitAndLearnedFrom) {
  Peer peer(serve_embeddings(10));
  expect_in_order(embeddings_at(peer, 40, 1).embed_documents(numbered_texts(400)), 400);
  // 40 and two times 20 were refused once; from then on ten at a time.
  EXPECT_EQ(peer.request_count(), 3 + 4 + 36U);
}

TEST(Embeddings, ATextThatIsTooLongFailsAlone) {
  Peer peer(serve_embeddings(100));
  auto texts = numbered_texts(30);
  texts[17] = "long 17";
  const auto all = embeddings_at(peer, 10).embed_outcomes(texts);
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i].has_value(), i != 17) << i;
  EXPECT_EQ(all[17].error().kind(), ErrorKind::bad_request);
  EXPECT_EQ(all[17].error().info().status, 400);
  EXPECT_LE(peer.request_count(), 2 + 9U);
}

TEST(Embeddings, EmptyTextsAndThoseThatAreNoUtf8FailWithoutOthers) {
  Peer peer(serve_embeddings(100));
  auto texts = numbered_texts(6);
  texts[1] = texts[4] = "";
  texts[2] = "\xff";
  const auto all = embeddings_at(peer).embed_outcomes(texts);
  EXPECT_EQ(*all[0], (Embedding{0, 0.5F}));
  EXPECT_EQ(*all[5], (Embedding{5, 0.5F}));
  EXPECT_EQ(all[1].error().info().status, 400);
  EXPECT_EQ(all[2].error().kind(), ErrorKind::configuration);
  EXPECT_STREQ(all[2].error().what(), "text 2 is not valid UTF-8 at byte 0");
  EXPECT_EQ(peer.request_count(), 2U);
}

TEST(Embeddings, AnAnswerThatIsOfNoUseIsKeptWhereItFails) {
  Peer peer(
      always(reply(200, R"({"data":[{"index":0,"embedding":[]}],"usage":{"prompt_tokens":3,"total_tokens":3}})")));
  const auto all = embeddings_at(peer).embed_outcomes({"text 1"});
  ASSERT_FALSE(all.front().has_value());
  EXPECT_EQ(all.front().error().kind(), ErrorKind::protocol);
  EXPECT_EQ(all.front().error().info().usage.prompt_tokens, 3);
  EXPECT_NE(all.front().error().info().body.find("embedding"), std::string::npos);
}

TEST(Embeddings, OfOneTextAndInACoroutine) {
  Peer peer(serve_embeddings(100));
  const auto embeddings = embeddings_at(peer);
  EXPECT_EQ(embeddings.embed_query("text 3"), (Embedding{3, 0.5F}));
  const auto main = [&]() -> awaitable<Embedding> { co_return co_await embeddings.aembed_query("text 4"); };
  EXPECT_EQ(run(main()), (Embedding{4, 0.5F}));
  EXPECT_EQ(embeddings.embed_documents({}), std::vector<Embedding>());
}

TEST(Embeddings, AreCancelledDownToTheirSockets) {
  Peer peer(stalling());
  const auto embeddings = embeddings_at(peer, 1, 0);
  boost::asio::cancellation_signal stop;
  std::promise<std::vector<Outcome<Embedding>>> ended;
  boost::asio::io_context loop;
  auto work = boost::asio::make_work_guard(loop);
  auto tell = [&](const std::exception_ptr&, std::vector<Outcome<Embedding>> all) {
    ended.set_value(std::move(all));
    work.reset();
  };
  auto bound = boost::asio::bind_cancellation_slot(stop.slot(), boost::asio::bind_executor(loop, std::move(tell)));
  embeddings.async_embed_outcomes(numbered_texts(3), RequestOptions(), std::move(bound));
  ASSERT_TRUE(has_requests(peer, 3));
  boost::asio::post(loop, [&] { stop.emit(boost::asio::cancellation_type::terminal); });
  loop.run_for(soon);
  const auto all = ended.get_future().get();
  ASSERT_EQ(all.size(), 3U);
  for (const auto& one : all) EXPECT_EQ(one.error().kind(), ErrorKind::cancelled);
  EXPECT_TRUE(all_closed(peer));
}

TEST(Embeddings, NeedCapsAndAProviderThatHasThem) {
  Peer peer(serve_embeddings(1));
  auto options = embedding_options_at(peer);
  options.max_inputs = 0;
  EXPECT_EQ(thrown_by([&] { OpenAIEmbeddings made(options); }).kind(), ErrorKind::configuration);
  options = embedding_options_at(peer);
  options.model = "anthropic:claude-x";
  EXPECT_EQ(thrown_by([&] { OpenAIEmbeddings made(options); }).kind(), ErrorKind::configuration);
}

}  // namespace
}  // namespace headway::test
