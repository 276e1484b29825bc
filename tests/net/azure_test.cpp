// Azure's two APIs, seen from the server.

#include <optional>
#include <string>

#include <gtest/gtest.h>

#include <headway/azure_chat_openai.hpp>

#include "model_at.hpp"
#include "support/environment.hpp"

namespace headway::test {
namespace {

class Azure : public testing::Test {
 protected:
  AzureChatOpenAIOptions resource() const {
    AzureChatOpenAIOptions options;
    options.base_url = peer_.url();
    options.api_key = test_key;
    return options;
  }
  AzureChatOpenAIOptions deployment() const {
    auto options = resource();
    options.azure_deployment = "gpt-mine";
    options.api_version = "2024-10-21";
    return options;
  }

  const EnvironmentVariable no_endpoint_{"AZURE_OPENAI_ENDPOINT", std::nullopt};
  const EnvironmentVariable no_key_{"AZURE_OPENAI_API_KEY", std::nullopt};
  const EnvironmentVariable no_token_{"AZURE_OPENAI_AD_TOKEN", std::nullopt};
  const EnvironmentVariable no_version_{"OPENAI_API_VERSION", std::nullopt};
  const EnvironmentVariable no_model_{"HEADWAY_MODEL", std::nullopt};
  const Client client_{client_options()};
  Peer peer_{echo()};
};

TEST_F(Azure, NewerApiHasTheDeploymentAsItsModel) {
  auto options = resource();
  options.model = "gpt-mine";
  EXPECT_EQ(AzureChatOpenAI(options, client_).invoke("hello"), "echo: hello");
  const auto request = peer_.requests().back();
  EXPECT_EQ(request.target, "/openai/v1/chat/completions");
  EXPECT_EQ(request.header("api-key"), test_key);
  EXPECT_EQ(request.header("authorization"), "");
  EXPECT_EQ(request.body, R"({"model":"gpt-mine","messages":[{"role":"user","content":"hello"}]})");
}

TEST_F(Azure, OlderApiHasItInItsPathAndIsAskedForNoOther) {
  const AzureChatOpenAI llm(deployment(), client_);
  EXPECT_EQ(llm.invoke("hello"), "echo: hello");
  EXPECT_EQ(peer_.requests().back().target, "/openai/deployments/gpt-mine/chat/completions?api-version=2024-10-21");
  CallOptions other;
  other.model = "gpt-other";
  const auto error = thrown_by([&] { llm.invoke("hello", other); });
  EXPECT_EQ(error.kind(), ErrorKind::configuration);
  EXPECT_NE(std::string(error.what()).find("'gpt-other'"), std::string::npos);
  EXPECT_EQ(peer_.request_count(), 1U);
}

TEST_F(Azure, PlaceIsReadFromTheEnvironment) {
  const EnvironmentVariable endpoint("AZURE_OPENAI_ENDPOINT", peer_.url("/"));
  const EnvironmentVariable key("AZURE_OPENAI_API_KEY", "key-1");
  const EnvironmentVariable version("OPENAI_API_VERSION", "a b");
  AzureChatOpenAIOptions options;
  options.azure_deployment = "d";
  AzureChatOpenAI(options, client_).invoke("hello");
  EXPECT_EQ(peer_.requests().back().target, "/openai/deployments/d/chat/completions?api-version=a%20b");
  EXPECT_EQ(peer_.requests().back().header("api-key"), "key-1");
}

TEST_F(Azure, WhatIsMissingIsSaid) {
  const auto message_of = [](const AzureChatOpenAIOptions& options) {
    return std::string(thrown_by([&] { AzureChatOpenAI made(options); }).what());
  };
  auto options = deployment();
  options.api_version = "";
  EXPECT_EQ(message_of(options), "a deployment of Azure's needs an api_version, or OPENAI_API_VERSION");
  options = deployment();
  options.base_url = "";
  EXPECT_EQ(message_of(options), "AZURE_OPENAI_ENDPOINT is not set, and no base_url");
  options = deployment();
  options.azure_deployment = "a/b";
  EXPECT_EQ(message_of(options), "the name of a deployment of Azure's holds none of /?#%");
  EXPECT_NE(message_of(resource()).find("AzureChatOpenAI needs a model"), std::string::npos);
}

}  // namespace
}  // namespace headway::test
