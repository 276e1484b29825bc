#include "call/endpoint.hpp"

#include <gtest/gtest.h>

#include "../support/environment.hpp"
#include "refusal.hpp"

namespace headway::call {
namespace {

using test::EnvironmentVariable;

class EndpointTest : public testing::Test {
 protected:
  EnvironmentVariable key_{"OPENAI_API_KEY", std::nullopt};
  EnvironmentVariable url_{"OPENAI_BASE_URL", std::nullopt};
  EnvironmentVariable old_url_{"OPENAI_API_BASE", std::nullopt};
  EnvironmentVariable organization_{"OPENAI_ORG_ID", std::nullopt};
  EnvironmentVariable project_{"OPENAI_PROJECT_ID", std::nullopt};
};

EndpointOptions at(std::string base_url) {
  EndpointOptions options;
  options.base_url = std::move(base_url);
  options.api_key = "sk-test";
  return options;
}

std::string error_of(const EndpointOptions& options) {
  return test::refusal([&] { Endpoint endpoint(options); });
}

TEST_F(EndpointTest, IsAnotherOneWithOtherLimitsOrPrices) {
  auto limited = at("https://host/v1");
  EXPECT_EQ(Endpoint(limited).identity(), Endpoint(at("https://host/v1")).identity());
  limited.limits.requests_per_minute = 60;
  EXPECT_NE(Endpoint(limited).identity(), Endpoint(at("https://host/v1")).identity());
  auto priced = at("https://host/v1");
  priced.prices.in = 0;
  EXPECT_NE(Endpoint(priced).identity(), Endpoint(at("https://host/v1")).identity());
}

std::string target(const EndpointOptions& options, std::string_view path) {
  return Endpoint(options).head("POST", path, {}, true)->target;
}

TEST_F(EndpointTest, NeverDoublesV1) {
  EXPECT_EQ(target(at("https://api.openai.com/v1"), "/v1/completions"), "/v1/completions");
  EXPECT_EQ(target(at("https://api.openai.com/v1/"), "/v1/completions"), "/v1/completions");
  EXPECT_EQ(target(at("http://h:8080"), "/v1/completions"), "/v1/completions");
  EXPECT_EQ(target(at("https://h/api/paas/v4"), "/v1/chat/completions"), "/api/paas/v4/chat/completions");
  EXPECT_EQ(target(at("https://h/v1beta/openai"), "/v1/models"), "/v1beta/openai/models");
  EXPECT_EQ(target(at("https://h/v1"), "/embeddings"), "/v1/embeddings");
}

TEST_F(EndpointTest, ReadsTheArticlesEnvironment) {
  EnvironmentVariable key("OPENAI_API_KEY", "sk-env");
  EnvironmentVariable url("OPENAI_BASE_URL", "https://env.example/v1");
  EnvironmentVariable old_url("OPENAI_API_BASE", "https://old.example/v1");
  EnvironmentVariable organization("OPENAI_ORG_ID", "org-1");
  EnvironmentVariable project("OPENAI_PROJECT_ID", "proj_1");
  const Endpoint endpoint{EndpointOptions()};
  EXPECT_EQ(endpoint.origin().host, "env.example");
  const auto headers = endpoint.head("POST", "/v1/completions", {}, true)->headers;
  EXPECT_EQ(headers.value("authorization"), "Bearer sk-env");
  EXPECT_EQ(headers.value("openai-organization"), "org-1");
  EXPECT_EQ(headers.value("openai-project"), "proj_1");
}

TEST_F(EndpointTest, TakesTheOlderNameOfTheBaseUrl) {
  EnvironmentVariable key("OPENAI_API_KEY", "sk-env");
  EnvironmentVariable old_url("OPENAI_API_BASE", "https://old.example/v1");
  EXPECT_EQ(Endpoint(EndpointOptions()).origin().host, "old.example");
}

TEST_F(EndpointTest, IsOpenAIsWhereNothingIsSet) {
  auto options = at("");
  EXPECT_EQ(Endpoint(options).display(target(options, "/v1/models")), "api.openai.com/v1/models");
}

TEST_F(EndpointTest, OptionsWinOverTheEnvironment) {
  EnvironmentVariable key("OPENAI_API_KEY", "sk-env");
  EnvironmentVariable url("OPENAI_BASE_URL", "https://env.example/v1");
  const Endpoint endpoint(at("https://mine.example/v1"));
  EXPECT_EQ(endpoint.origin().host, "mine.example");
  EXPECT_EQ(endpoint.api_key(), "sk-test");
}

TEST_F(EndpointTest, NeedsAKeyUnlessTheHostIsLoopback) {
  auto options = at("https://h/v1");
  options.api_key.clear();
  EXPECT_EQ(error_of(options),
            "OPENAI_API_KEY is not set. Set it, or run './quickstart --serve' for a free local model.");
  options.base_url = "http://localhost:8080/v1";
  EXPECT_EQ(Endpoint(options).head("POST", "/v1/completions", {}, true)->headers.find("authorization"), std::nullopt);
}

TEST_F(EndpointTest, AHeaderMayCarryTheKey) {
  EndpointOptions options;
  options.base_url = "https://a.example/v1";
  options.default_headers["Api-Key"] = "azure";
  EXPECT_EQ(Endpoint(options).api_key(), "azure");
  EXPECT_EQ(Endpoint(options).head("GET", "/v1/models", {}, false)->headers.find("Authorization"), std::nullopt);
  options.default_headers = {{"authorization", "Token secret"}};
  EXPECT_EQ(Endpoint(options).api_key(), "secret") << "to be blacked out";
}

TEST_F(EndpointTest, RefusesWhatHttpCannotCarry) {
  auto options = at("https://h/v1");
  options.api_key = "sk-secret\n";
  EXPECT_NE(error_of(options).find("line break"), std::string::npos);
  EXPECT_EQ(error_of(options).find("sk-secret"), std::string::npos);
  options = at("https://h/v1");
  options.default_headers = {{"X-Bad", "a\r\nX-Injected: b"}};
  EXPECT_NE(error_of(options).find("X-Bad"), std::string::npos);
  options.default_headers = {{"Not a name", "x"}};
  EXPECT_NE(error_of(options).find("not the name of a header"), std::string::npos);
  options.default_headers = {{"content-length", "5"}};
  EXPECT_NE(error_of(options).find("Content-Length"), std::string::npos);
}

TEST_F(EndpointTest, RefusesABaseUrlThatHidesAKey) {
  EXPECT_NE(error_of(at("https://user:pw@h/v1")).find("user or password"), std::string::npos);
  EXPECT_EQ(error_of(at("https://user:pw@h/v1")).find("pw"), std::string::npos);
}

TEST_F(EndpointTest, TheRootIsNotTheHostAlone) {
  EXPECT_EQ(target(at("https://h/."), "/v1/chat/completions"), "/chat/completions");
  EXPECT_EQ(target(at("https://h/./"), "/v1/models"), "/models");
  EXPECT_EQ(target(at("https://h/"), "/v1/models"), "/v1/models");
}

TEST_F(EndpointTest, AWholeAddressIsTakenAsTheBaseItMeans) {
  for (const auto* pasted : {"https://h/v1/chat/completions", "https://h/v1/completions/", "https://h/v1/embeddings"}) {
    EXPECT_EQ(target(at(pasted), "/v1/chat/completions"), "/v1/chat/completions") << pasted;
  }
  EXPECT_EQ(target(at("https://h/chat/completions"), "/v1/chat/completions"), "/chat/completions");
  EXPECT_EQ(target(at("https://h/models"), "/v1/chat/completions"), "/models/chat/completions") << "as Azure's";
}

TEST_F(EndpointTest, AQueryGoesOutWithEveryCallAndIsNotShown) {
  const auto options = at("https://h/openai/deployments/d?api-version=2024-10-21");
  EXPECT_EQ(target(options, "/v1/chat/completions"), "/openai/deployments/d/chat/completions?api-version=2024-10-21");
  EXPECT_EQ(target(options, "/v1/models?limit=1"), "/openai/deployments/d/models?limit=1&api-version=2024-10-21");
  EXPECT_EQ(target(at("https://h?key=x"), "/v1/models"), "/v1/models?key=x");
  EXPECT_EQ(Endpoint(options).display(target(options, "/v1/models")), "h/openai/deployments/d/models");
}

TEST_F(EndpointTest, OtherLimitsOrPricesAreAnotherPlace) {
  auto limited = at("https://h/v1");
  limited.limits.requests_per_minute = 60;
  auto priced = at("https://h/v1");
  priced.prices.in = 1;
  const auto identity = [](const EndpointOptions& options) { return Endpoint(options).identity(); };
  EXPECT_EQ(identity(at("https://h/v1")), identity(at("https://h/v1")));
  EXPECT_NE(identity(at("https://h/v1")), identity(limited));
  EXPECT_NE(identity(at("https://h/v1")), identity(priced));
  EXPECT_NE(identity(at("https://h/.")), identity(at("https://h")));
}

EndpointOptions gemini_at(std::string base_url) {
  auto options = at(std::move(base_url));
  options.provider = "google_genai";
  return options;
}

TEST_F(EndpointTest, GeminisPathHasTheModelInIt) {
  const auto aimed = [](const std::string& base_url, std::string_view path, bool own) {
    const Endpoint endpoint(gemini_at(base_url));
    const auto made = endpoint.head("POST", "/v1/chat/completions", {}, true);
    const auto head = endpoint.current(made, path, own);
    EXPECT_EQ(head->headers.value("x-goog-api-key"), "sk-test");
    EXPECT_FALSE(head->headers.find("Authorization"));
    EXPECT_EQ(own, endpoint.current(made, path, own) != head) << "the same head for calls without headers of their own";
    return head->target;
  };
  constexpr std::string_view whole = "/v1beta/models/g:generateContent";
  constexpr std::string_view streamed = "/v1beta/models/g:streamGenerateContent?alt=sse";
  for (const bool own : {false, true}) {
    EXPECT_EQ(aimed("https://h", whole, own), whole);
    EXPECT_EQ(aimed("https://h/v1beta/", whole, own), whole);
    EXPECT_EQ(aimed("https://h/v1beta/models/other:generateContent", whole, own), whole) << "as it is pasted";
    EXPECT_EQ(aimed("https://h/v1/projects/p/locations/l/publishers/google", whole, own),
              "/v1/projects/p/locations/l/publishers/google/models/g:generateContent");
    EXPECT_EQ(aimed("https://h/gateway?team=a", whole, own), "/gateway/models/g:generateContent?team=a");
    EXPECT_EQ(aimed("https://h?team=a", streamed, own), std::string(streamed) + "&team=a");
  }
}

TEST_F(EndpointTest, GeminisKeyIsInOneOfTwoVariables) {
  const EnvironmentVariable none("GEMINI_API_KEY", std::nullopt), other("GOOGLE_API_KEY", "second");
  EndpointOptions options;
  options.provider = "gemini";
  EXPECT_EQ(Endpoint(options).api_key(), "second");
  EXPECT_EQ(Endpoint(options).origin().host_and_port(), "generativelanguage.googleapis.com:443");
  const EnvironmentVariable own("GEMINI_API_KEY", "first");
  EXPECT_EQ(Endpoint(options).api_key(), "first");
  const EnvironmentVariable neither("GEMINI_API_KEY", std::nullopt), nor("GOOGLE_API_KEY", std::nullopt);
  EXPECT_NE(error_of(options).find("GEMINI_API_KEY"), std::string::npos);
}

TEST_F(EndpointTest, GeminisKeyMakesAnotherPlace) {
  auto another = gemini_at("https://h");
  another.api_key = "sk-2";
  EXPECT_NE(Endpoint(another).identity(), Endpoint(gemini_at("https://h")).identity());
}

TEST_F(EndpointTest, ACommandGivesTheKey) {
  EnvironmentVariable key("OPENAI_API_KEY", "sk-env");
  EndpointOptions options;
  options.base_url = "https://h/v1";
  options.api_key_command = "echo; echo ' key-of-the-command '";
  const Endpoint endpoint(options);
  const auto head = endpoint.head("POST", "/v1/completions", {}, true);
  EXPECT_EQ(head->headers.value("Authorization"), "Bearer key-of-the-command");
  EXPECT_EQ(endpoint.current(head, "", false), head);
  EXPECT_EQ(endpoint.key_trouble(), "");
  EXPECT_EQ(endpoint.identity(), Endpoint(options).identity());
  options.api_key = "sk-both";
  EXPECT_NE(error_of(options).find("both an api_key and an api_key_command"), std::string::npos);
}

TEST_F(EndpointTest, ACommandThatGivesNoKeyIsAClearError) {
  const auto said = [](const std::string& command) {
    EndpointOptions options;
    options.base_url = "https://h/v1";
    options.api_key_command = command;
    return error_of(options);
  };
  EXPECT_NE(said("echo not logged in >&2; exit 3").find("api_key_command ended with status 3: not logged in"),
            std::string::npos);
  EXPECT_NE(said("true # none").find("gave no key on its standard output"), std::string::npos);
  EXPECT_NE(said("echo a b").find("gave more than a key"), std::string::npos);
  EXPECT_EQ(said("echo a secret").find("secret"), std::string::npos);
}

TEST_F(EndpointTest, HeadersOfTheCallWin) {
  auto options = at("https://h/v1");
  options.default_headers = {{"X-A", "client"}, {"X-B", "client"}};
  const Headers own{{"x-a", "call"}, {"Authorization", "Bearer other"}};
  const auto headers = Endpoint(options).head("POST", "/v1/completions", own, true)->headers;
  EXPECT_EQ(headers.value("X-A"), "call");
  EXPECT_EQ(headers.value("X-B"), "client");
  EXPECT_EQ(headers.value("Authorization"), "Bearer other");
}

TEST_F(EndpointTest, RefusesAPathThatIsNone) {
  for (const auto* path : {"v1/models", "/v1/a b", "/v1\r\nX: y"}) {
    EXPECT_THROW(target(at("https://h/v1"), path), Error) << path;
  }
}

EndpointOptions azure_at(std::string base_url) {
  auto options = at(std::move(base_url));
  options.provider = "azure";
  return options;
}

TEST_F(EndpointTest, OfAzureIsItsNewerApiOrADeployment) {
  constexpr auto chat = "/v1/chat/completions";
  for (const auto* resource : {"https://h.openai.azure.com", "https://h.openai.azure.com/",
                               "https://h.openai.azure.com/openai/", "https://h.openai.azure.com/openai/v1/"}) {
    EXPECT_EQ(target(azure_at(resource), chat), "/openai/v1/chat/completions");
    EXPECT_EQ(Endpoint(azure_at(resource)).deployment(), "");
  }
  const std::string deployment = "https://h.openai.azure.com/openai/deployments/d";
  for (const auto* end : {"?api-version=1", "/?api-version=1", "/chat/completions?api-version=1"}) {
    EXPECT_EQ(target(azure_at(deployment + end), chat), "/openai/deployments/d/chat/completions?api-version=1");
    EXPECT_EQ(Endpoint(azure_at(deployment + end)).deployment(), "d");
  }
  EXPECT_EQ(target(azure_at("https://h/openai/deployments/embeddings?api-version=1"), "/v1/embeddings"),
            "/openai/deployments/embeddings/embeddings?api-version=1");
}

TEST_F(EndpointTest, OfAzureHasItsKeyInAHeaderOfItsOwnAndATokenInItsPlace) {
  const auto headers = [](const EndpointOptions& options) {
    return Endpoint(options).head("POST", "/v1/chat/completions", {}, true)->headers;
  };
  auto options = azure_at("https://h.openai.azure.com");
  EXPECT_EQ(headers(options).value("api-key"), "sk-test");
  EXPECT_FALSE(headers(options).find("Authorization"));
  options.default_headers["Authorization"] = "Bearer t";
  EXPECT_EQ(headers(options).value("Authorization"), "Bearer t");
  EXPECT_FALSE(headers(options).find("api-key"));
}

TEST_F(EndpointTest, OfAzureHasNoAddressButItsOwn) {
  const EnvironmentVariable endpoint("AZURE_OPENAI_ENDPOINT", std::nullopt);
  const EnvironmentVariable key("AZURE_OPENAI_API_KEY", std::nullopt);
  const EnvironmentVariable token("AZURE_OPENAI_AD_TOKEN", std::nullopt);
  auto options = azure_at("");
  EXPECT_EQ(error_of(options), "AZURE_OPENAI_ENDPOINT is not set, and no base_url");
  options.base_url = "https://h.openai.azure.com";
  options.api_key = "";
  EXPECT_EQ(error_of(options), "AZURE_OPENAI_API_KEY is not set");
}

}  // namespace
}  // namespace headway::call
