#include <headway/config.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include <headway/error.hpp>

#include "../support/environment.hpp"
#include "temporary_file.hpp"

namespace headway {
namespace {

using namespace std::chrono_literals;
using test::EnvironmentVariable;
using test::TemporaryFile;

class ConfigFile : public testing::Test {
 protected:
  EnvironmentVariable key_{"OPENAI_API_KEY", "sk-openai"};
  EnvironmentVariable groq_{"GROQ_API_KEY", "gsk_groq"};
  EnvironmentVariable url_{"OPENAI_BASE_URL", "http://127.0.0.1:1/v1"};
  EnvironmentVariable unset_{"UNSET_API_KEY", std::nullopt};
};

ClientOptions read(std::string_view toml) {
  const TemporaryFile file("headway.toml", toml);
  return read_config(file.path());
}

/// Less the folder that the file is in.
std::string fault(std::string_view toml) {
  const TemporaryFile file("headway.toml", toml);
  try {
    read_config(file.path());
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::configuration);
    auto message = error.info().message;
    const auto folder = file.directory().string() + "/";
    for (auto at = message.find(folder); at != std::string::npos; at = message.find(folder)) {
      message.erase(at, folder.size());
    }
    return message;
  }
  ADD_FAILURE() << "no error: " << toml;
  return {};
}

/// Of an endpoint on loopback; `line` is the file's third.
std::string endpoint_fault(const std::string& line) {
  return fault("[[endpoints]]\nbase_url = \"http://127.0.0.1:8080/v1\"\n" + line + "\n");
}

TEST_F(ConfigFile, SaysAllOfAClientAndItsEndpoints) {
  const auto options = read(R"(
http = "2"
max_retries = 5
single_flight = true
max_connections = 200
max_connecting = 16
max_response_bytes = 1000000
keep_alive = 10
max_cost = 12.5
max_total_tokens = 40_000_000
ca_file = "/etc/ssl/company.pem"
proxy = "http://proxy.example.com:3128"

[timeouts]
connect = 2.5
first_byte = 60
idle = 20
total = 0.0001

[[endpoints]]
base_url = "https://api.openai.com/v1"
api_key_env = "OPENAI_API_KEY"
organization = "org-1"
project = "proj-1"
headers = { "X-Team" = "evals" }
model = "gpt-4o-mini"
weight = 3
rpm = 500
tpm = 200_000
itpm = 150000
otpm = 50000
rpd = 10000
tpd = 2e6
share = "50%"
max_concurrency = 64
price_in = 0.15
price_out = 0.6
price_cached_in = 0.075

[[endpoints]]
base_url = "https://api.groq.com/openai/v1"
api_key_env = "GROQ_API_KEY"
model = "llama-3.1-8b-instant"
fallback = true
share = 0.25
price_in = 0
price_out = 0
)");
  EXPECT_EQ(options.http, HttpVersion::http_2);
  EXPECT_EQ(options.max_retries, 5);
  EXPECT_TRUE(options.single_flight);
  EXPECT_EQ(options.max_connections, 200u);
  EXPECT_EQ(options.max_connecting, 16u);
  EXPECT_EQ(options.max_response_bytes, 1'000'000u);
  EXPECT_EQ(options.keep_alive, 10s);
  EXPECT_EQ(options.max_cost, 12.5);
  EXPECT_EQ(options.max_total_tokens, 40'000'000);
  EXPECT_EQ(options.ca_file, "/etc/ssl/company.pem");
  EXPECT_EQ(options.proxy, "http://proxy.example.com:3128");
  EXPECT_EQ(options.timeouts.connect, 2500ms);
  EXPECT_EQ(options.timeouts.first_byte, 60s);
  EXPECT_EQ(options.timeouts.idle, 20s);
  EXPECT_EQ(options.timeouts.total, 1ms) << "0 would be no limit";

  ASSERT_EQ(options.endpoints.size(), 2u);
  const auto& first = options.endpoints[0];
  EXPECT_EQ(first.base_url, "https://api.openai.com/v1");
  EXPECT_EQ(first.api_key, "sk-openai");
  EXPECT_EQ(first.organization, "org-1");
  EXPECT_EQ(first.project, "proj-1");
  EXPECT_EQ(first.default_headers, (Headers{{"X-Team", "evals"}}));
  EXPECT_EQ(first.model, "gpt-4o-mini");
  EXPECT_EQ(first.weight, 3);
  EXPECT_FALSE(first.fallback);
  EXPECT_EQ(first.limits.requests_per_minute, 500);
  EXPECT_EQ(first.limits.tokens_per_minute, 200'000);
  EXPECT_EQ(first.limits.input_tokens_per_minute, 150'000);
  EXPECT_EQ(first.limits.output_tokens_per_minute, 50'000);
  EXPECT_EQ(first.limits.requests_per_day, 10'000);
  EXPECT_EQ(first.limits.tokens_per_day, 2'000'000);
  EXPECT_EQ(first.limits.share, 0.5);
  EXPECT_EQ(first.limits.max_concurrency, 64u);
  EXPECT_EQ(first.prices.in, 0.15);
  EXPECT_EQ(first.prices.out, 0.6);
  EXPECT_EQ(first.prices.cached_in, 0.075);
  const auto& second = options.endpoints[1];
  EXPECT_EQ(second.api_key, "gsk_groq");
  EXPECT_TRUE(second.fallback);
  EXPECT_EQ(second.weight, 1);
  EXPECT_EQ(second.limits.share, 0.25);
  EXPECT_EQ(second.prices.in, 0);
}

TEST_F(ConfigFile, WhatItDoesNotSayHasItsDefault) {
  const auto options = read("");
  const ClientOptions defaults;
  EXPECT_TRUE(options.endpoints.empty());
  EXPECT_EQ(options.max_retries, defaults.max_retries);
  EXPECT_EQ(options.timeouts.total, defaults.timeouts.total);
  EXPECT_EQ(options.max_cost, 0);
  EXPECT_FALSE(options.proxy);
  EXPECT_EQ(read("proxy = \"\"").proxy, "") << "no proxy, whatever the environment says";
}

TEST_F(ConfigFile, AKeyWithoutAnAddressIsForOpenAIsOwn) {
  EXPECT_EQ(read("[[endpoints]]\napi_key_env = \"OPENAI_API_KEY\"").endpoints[0].base_url, "https://api.openai.com/v1")
      << "and not for the address in the environment";
  const auto from_environment = read("[[endpoints]]\nrpm = 5").endpoints[0];
  EXPECT_EQ(from_environment.base_url, "");
  EXPECT_EQ(from_environment.api_key, "");
}

TEST_F(ConfigFile, AnEndpointOnThisMachineNeedsNoKey) {
  for (const char* url : {"http://127.0.0.1:8080/v1", "http://localhost:8080", "http://[::1]:8080/v1"}) {
    const auto options = read("[[endpoints]]\nbase_url = \"" + std::string(url) + "\"");
    EXPECT_EQ(options.endpoints.at(0).api_key, "") << url;
  }
}

TEST_F(ConfigFile, AnEndpointElsewhereNeedsOne) {
  EXPECT_EQ(fault("# ours\n[[endpoints]]\nbase_url = \"https://llm.example.com/v1\""),
            "headway.toml:3: this endpoint has no key: say in api_key_env which environment variable holds it");
  EXPECT_EQ(fault("[[endpoints]]\napi_key_env = \"UNSET_API_KEY\""),
            "headway.toml:2: the environment variable UNSET_API_KEY is not set, or is empty");
}

TEST_F(ConfigFile, AnEndpointByTheEnvironmentNeedsAKeyThere) {
  const EnvironmentVariable no_key("OPENAI_API_KEY", std::nullopt);
  const std::string endpoint = "[[endpoints]]\nmodel = \"gpt-4o\"";
  EXPECT_EQ(read(endpoint).endpoints.size(), 1u) << "OPENAI_BASE_URL is this machine";
  const EnvironmentVariable elsewhere("OPENAI_BASE_URL", std::nullopt);
  EXPECT_EQ(fault(endpoint),
            "headway.toml:1: this endpoint has no key: set OPENAI_API_KEY, or say in api_key_env which environment "
            "variable holds it");
}

TEST_F(ConfigFile, AHeaderMayComeFromTheEnvironment) {
  const EnvironmentVariable azure("AZURE_KEY", "azure-secret");
  const auto toml = "[[endpoints]]\nbase_url = \"https://a.example/v1\"\n";
  const auto endpoint = read(toml + std::string("headers_env = { api-key = \"AZURE_KEY\" }")).endpoints[0];
  EXPECT_EQ(endpoint.default_headers.at("api-key"), "azure-secret");
  EXPECT_EQ(endpoint.api_key, "");
  EXPECT_EQ(endpoint_fault("headers_env = { api-key = \"UNSET_API_KEY\" }"),
            "headway.toml:3: the environment variable UNSET_API_KEY is not set, or is empty");
  EXPECT_EQ(fault(toml + std::string("headers_env = { X-Team = \"AZURE_KEY\" }")),
            "headway.toml:2: this endpoint has no key: say in api_key_env which environment variable holds it");
}

TEST_F(ConfigFile, NoMessageShowsAKeyThatStandsThere) {
  const auto refused = [](const std::string& line, const std::string& message) {
    EXPECT_EQ(endpoint_fault(line), "headway.toml:3: " + message);
  };
  constexpr auto no_key = ": a key itself may not stand in this file";
  constexpr auto variable = "; put it into an environment variable, and that one's name into api_key_env";
  for (const std::string name : {"api_key", "apikey", "OPENAI_API_KEY", "token", "password"}) {
    refused(name + " = \"sk-secret\"", name + no_key + variable);
  }
  for (const char* value : {"sk-secret", "gsk_secret", "secret", "SK SECRET", "9SECRET", ""}) {
    refused(
        "api_key_env = \"" + std::string(value) + "\"",
        "api_key_env must be the name of an environment variable, in capitals, like OPENAI_API_KEY; a key itself may "
        "not stand in this file");
  }
  refused("headers = { Authorization = \"Bearer secret\" }",
          std::string("Authorization") + no_key + "; see headers_env");
  refused("base_url2 = \"http://user:secret@host\"", "unknown key base_url2; did you mean base_url?");
  refused("api_key_env = sk-secret",
          "this is not TOML, from column 15 on; text needs quotation marks, and a key may stand only once in a table");
  EXPECT_EQ(fault("proxy = \"http://me:secret@proxy:3128\""),
            "headway.toml:1: proxy has a user or password in it, which may not stand in this file");
}

TEST_F(ConfigFile, AnUnknownKeyIsNamedWithItsLineAndTheOneThatWasMeant) {
  EXPECT_EQ(endpoint_fault("tmp = 5"), "headway.toml:3: unknown key tmp; did you mean tpm?");
  EXPECT_EQ(endpoint_fault("max_concurency = 5"),
            "headway.toml:3: unknown key max_concurency; did you mean "
            "max_concurrency?");
  EXPECT_EQ(endpoint_fault("colour = \"red\""), "headway.toml:3: unknown key colour");
  EXPECT_EQ(fault("max_retry = 5"), "headway.toml:1: unknown key max_retry; did you mean max_retries?");
  EXPECT_EQ(fault("[[endpoint]]\nrpm = 5"), "headway.toml:1: unknown key endpoint; did you mean endpoints?");
  EXPECT_EQ(fault("\n[timeouts]\nfirst = 5"), "headway.toml:3: unknown key first");
}

TEST_F(ConfigFile, AValueOfTheWrongTypeIsNamedWithItsLine) {
  EXPECT_EQ(endpoint_fault("rpm = \"500\""), "headway.toml:3: rpm must be a number, and is text");
  EXPECT_EQ(endpoint_fault("max_concurrency = 2.5"),
            "headway.toml:3: max_concurrency must be a whole number, and is a "
            "number");
  EXPECT_EQ(endpoint_fault("fallback = 1"), "headway.toml:3: fallback must be true or false, and is a whole number");
  EXPECT_EQ(endpoint_fault("model = [\"a\", \"b\"]"),
            "headway.toml:3: model must be text in quotation marks, and is a list or a date");
  EXPECT_EQ(endpoint_fault("headers = \"X-Team: a\""), "headway.toml:3: headers must be a table, and is text");
  EXPECT_EQ(endpoint_fault("headers = { X-Team = 5 }"),
            "headway.toml:3: X-Team must be text in quotation marks, and is a whole number");
  EXPECT_EQ(fault("[endpoints]\nrpm = 5"), "headway.toml:1: endpoints must be tables, each under [[endpoints]]");
  EXPECT_EQ(fault("http = \"3\""), "headway.toml:1: http must be \"auto\", \"1.1\" or \"2\"");
  EXPECT_EQ(fault("timeouts = 5"), "headway.toml:1: timeouts must be a table, and is a whole number");
}

TEST_F(ConfigFile, AValueThatMakesNoSenseIsNamedWithItsLine) {
  EXPECT_EQ(endpoint_fault("rpm = -5"), "headway.toml:3: rpm is -5; it must be from 0 to 1000000000000");
  EXPECT_EQ(endpoint_fault("tpm = inf"), "headway.toml:3: tpm is inf; it must be from 0 to 1000000000000");
  EXPECT_EQ(endpoint_fault("otpm = nan"), "headway.toml:3: otpm is nan; it must be from 0 to 1000000000000");
  EXPECT_EQ(endpoint_fault("weight = 0"), "headway.toml:3: weight is 0; it must be above 0 and at the most 1000000");
  EXPECT_EQ(endpoint_fault("share = 50"), "headway.toml:3: share is 50; it must be above 0 and at the most 1");
  EXPECT_EQ(endpoint_fault("share = \"150%\""), "headway.toml:3: share is 1.5; it must be above 0 and at the most 1");
  for (const char* share : {"share = \"half\"", "share = \"%\"", "share = \"5 0%\"", "share = true"}) {
    EXPECT_EQ(endpoint_fault(share), "headway.toml:3: share must be a fraction like 0.5, or a text like \"50%\"");
  }
  EXPECT_EQ(endpoint_fault("price_in = 1\nprice_out = -1"),
            "headway.toml:4: price_out is -1; it must be from 0 to 100000");
  EXPECT_EQ(endpoint_fault("price_in = 1"), "headway.toml:3: price_in is set and price_out is not; 0 is a price too");
  EXPECT_EQ(endpoint_fault("base_url2 = 1"), "headway.toml:3: unknown key base_url2; did you mean base_url?");
  EXPECT_EQ(fault("[[endpoints]]\nbase_url = \"llm.example.com\""),
            "headway.toml:2: base_url must begin with http:// or https://");
  EXPECT_EQ(fault("max_cost = -1"), "headway.toml:1: max_cost is -1; it must be from 0 to 1000000");
  EXPECT_EQ(fault("[timeouts]\ntotal = -1"), "headway.toml:2: total is -1; it must be from 0 to 1000000");
}

TEST_F(ConfigFile, MustBeToml) {
  EXPECT_EQ(fault("max_retries = 1\nmax_retries = 2"),
            "headway.toml:2: this is not TOML, from column 15 on; text needs quotation marks, and a key may stand only "
            "once in a table");
  try {
    read_config("/nowhere/headway.toml");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.info().message, "/nowhere/headway.toml cannot be read: No such file or directory");
  }
}

TEST_F(ConfigFile, ACommandMayGiveTheKey) {
  const auto options =
      read("[[endpoints]]\nbase_url = \"https://h/v1\"\napi_key_command = \"vault\"\napi_key_lasts = 900\n");
  EXPECT_EQ(options.endpoints.at(0).api_key_command, "vault");
  EXPECT_EQ(options.endpoints.at(0).api_key_lasts, 900s);
  EXPECT_EQ(options.endpoints.at(0).api_key, "");
  EXPECT_NE(fault("[[endpoints]]\napi_key_command = \"v\"\napi_key_env = \"GROQ_API_KEY\"\n").find("give one"),
            std::string::npos);
  EXPECT_NE(fault("[[endpoints]]\napi_key_env = \"GROQ_API_KEY\"\napi_key_lasts = 60\n").find("for an api_key_command"),
            std::string::npos);
  EXPECT_NE(fault("[[endpoints]]\napi_key_command = \"v\"\napi_key_lasts = 1\n").find("api_key_lasts is 1"),
            std::string::npos);
}

TEST_F(ConfigFile, AKeyOfVeryManyPartsIsRefused) {
  std::string key = "a";
  for (int i = 0; i < 200'000; ++i) key += ".a";
  const std::string refusal = ": a key has more than 20 parts";
  EXPECT_EQ(fault(key + " = 1"), "headway.toml:1" + refusal);
  EXPECT_EQ(fault("\n[" + key + "]"), "headway.toml:2" + refusal);
  for (const std::string before : {R"("\"".)", R"('"'.)", R"(x = ["\\", {)", "x = ['''\n'''', {",
                                   R"(x = ["""\"""""", {)", "# it's\n", "x = '' # \"\n"}) {
    EXPECT_TRUE(fault(before + key + " = 1").ends_with(refusal)) << before;
  }
}

TEST_F(ConfigFile, ATableWithoutANameIsNoToml) {
  for (const std::string text :
       {"[\n", "[", "[[\n]]", "[ ]", "[.]", "[a.\n]", "= 1", ". = 1", "a. = 1", "x = {\n", "x = {.", "x = [\n"}) {
    EXPECT_NE(fault(text).find("this is not TOML"), std::string::npos) << text;
  }
}

TEST_F(ConfigFile, LettersOutsideAsciiStandInTextsAndComments) {
  EXPECT_EQ(read("# \u00e9\nproxy = \"http://\u03fb\\\"\u00e9\" # \u00e9\nca_file = '''/\u00e9\\\n\u00e9'''").proxy,
            "http://\u03fb\"\u00e9");
  for (const std::string text : {"\u00e9 = 1", "\n[\u03fb", "x = [1,\u00a0 2]", "x = 1\u00e9", "x = \u00e9",
                                 "x = +\"\ufebf\"", "x = a'\ufebf\n''", "a\"\ufebf\" = 1", "x = ''\"\ufebf\""}) {
    EXPECT_NE(fault(text).find(": this is not TOML"), std::string::npos) << text;
  }
  EXPECT_EQ(fault("\nproxy = \"\"\"http://x\\ \n \u00e9\"\"\""),
            "headway.toml:2: a line that goes on behind a backslash must begin with an ASCII letter");
}

TEST_F(ConfigFile, DotsThatAreInNoKeyAreNoParts) {
  const std::string dots(1000, '.');
  EXPECT_EQ(read("# " + dots + "\nproxy = \"http://" + dots + "\" # " + dots).proxy, "http://" + dots);
}

TEST_F(ConfigFile, TablesInOneAnotherWithoutEndAreRefused) {
  std::string tables = "x = 1";
  for (int i = 0; i < 100; ++i) tables = "a.a.a.a.a.a.a = [{" + tables + "}]";
  EXPECT_NE(fault(tables).find("this is not TOML"), std::string::npos);
}

constexpr auto prices = R"({"mini": {"input_cost_per_token": 1e-07, "output_cost_per_token": 2e-07}})";

TEST_F(ConfigFile, PriceFilesAreFoundFromItsFolder) {
  const TemporaryFile table("prices.json", prices);
  const auto path = table.directory() / "headway.toml";
  std::ofstream(path) << "prices = \"prices.json\"\n"
                         "[[endpoints]]\nmodel = \"mini\"\n"
                         "[[endpoints]]\nmodel = \"big\"\nprices = \"./prices.json\"\nprice_name = \"mini\"\n";
  const auto options = read_config(path);
  EXPECT_EQ(options.endpoints.at(0).prices.file, table.path());
  EXPECT_EQ(options.endpoints.at(1).prices.name_in_file, "mini");
}

TEST_F(ConfigFile, APriceFileOrNameThatIsNotThereIsNamedWithItsLine) {
  EXPECT_EQ(endpoint_fault("prices = \"none.json\""),
            "headway.toml:3: the price file none.json cannot be read: No such file or directory");
  const TemporaryFile table("prices.json", prices);
  EXPECT_EQ(endpoint_fault("prices = \"" + table.path().string() + "\"\nprice_name = \"maxi\""),
            "headway.toml:4: no model of this name has a price by token in the price file");
}

TEST_F(ConfigFile, ACapOnMoneyNeedsThePriceOfEveryModel) {
  EXPECT_EQ(
      fault("max_cost = 5\n[[endpoints]]\nmodel = \"mystery\""),
      "headway.toml:3: max_cost is set, and the price of mystery is not known: give price_in and price_out, or in "
      "prices a file that has them");
  EXPECT_NO_THROW(read("max_cost = 5\n[[endpoints]]\nmodel = \"free\"\nprice_in = 0\nprice_out = 0"));
}

}  // namespace
}  // namespace headway
