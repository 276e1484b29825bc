#include <headway/error.hpp>

#include <future>
#include <stdexcept>
#include <string>
#include <system_error>

#include <gtest/gtest.h>
#include <boost/system/system_error.hpp>

namespace headway {
namespace {

ErrorInfo rate_limited() {
  ErrorInfo info;
  info.kind = ErrorKind::rate_limited;
  info.message = "rate limited";
  info.provider_message = "Rate limit reached";
  info.provider_code = "rate_limit_exceeded";
  info.request_id = "req_123";
  info.endpoint = "api.openai.com/v1/completions";
  info.status = 429;
  info.attempts = 3;
  return info;
}

template <class Exception>
Error made_from(Exception exception) {
  return Error(std::make_exception_ptr(std::move(exception)));
}

class Derived : public Error {
 public:
  Derived(ErrorInfo info, int extra_) : Error(std::move(info)), extra(extra_) {}
  int extra;
};

TEST(Error, SaysAllThatIsKnownInOneLine) {
  EXPECT_STREQ(Error(rate_limited()).what(),
               "rate limited: \"Rate limit reached\" (HTTP 429 from api.openai.com/v1/completions, "
               "code rate_limit_exceeded, request req_123, after 3 attempts)");
}

TEST(Error, RepeatsNothingThatItsMessageSays) {
  auto info = rate_limited();
  info.message = "rate limited: HTTP 429 from api.openai.com/v1/completions";
  EXPECT_STREQ(Error(info).what(),
               "rate limited: HTTP 429 from api.openai.com/v1/completions: \"Rate limit reached\" "
               "(code rate_limit_exceeded, request req_123, after 3 attempts)");
  info.message = "Rate limit reached (429, rate_limit_exceeded, api.openai.com/v1/completions, req_123)";
  info.attempts = 1;
  EXPECT_EQ(Error(info).what(), info.message);
}

TEST(Error, IsItsMessageIfNothingElseIsKnown) {
  EXPECT_STREQ(Error(ErrorKind::configuration, "OPENAI_API_KEY is not set").what(), "OPENAI_API_KEY is not set");
}

TEST(Error, NamesItsKindIfThereIsNoMessage) {
  ErrorInfo info;
  info.kind = ErrorKind::first_byte_timeout;
  info.endpoint = "127.0.0.1:8080/v1/completions";
  info.maybe_billed = true;
  EXPECT_STREQ(Error(info).what(), "first byte timeout (at 127.0.0.1:8080/v1/completions, it may have been billed)");
}

TEST(Error, QuotesTheProviderAfterASentence) {
  ErrorInfo info;
  info.message = "The account has no API credit.";
  info.provider_message = "You exceeded your quota";
  EXPECT_STREQ(Error(info).what(), "The account has no API credit. \"You exceeded your quota\"");
  info.message = "no such path; is the base URL right?";
  info.provider_message = "Not Found";
  EXPECT_STREQ(Error(info).what(), "no such path; is the base URL right? \"Not Found\"");
}

TEST(Error, HasNoLineBreaksAndNoControlCharacters) {
  auto info = rate_limited();
  info.message = " first\r\n\tsecond\n";
  info.provider_message = "\x1b[31mred\n\nline\x7f";
  info.request_id = "req\n1";
  info.attempts = 0;
  EXPECT_STREQ(Error(info).what(),
               "first second: \"[31mred line\" (HTTP 429 from api.openai.com/v1/completions, "
               "code rate_limit_exceeded, request req 1)");
}

TEST(Error, CutsTheProvidersWordsBetweenCharacters) {
  ErrorInfo info;
  info.message = "bad";
  info.provider_message = "x";
  for (int i = 0; i < 500; ++i) info.provider_message += "é";
  const std::string what = Error(info).what();
  EXPECT_LT(what.size(), 420u);
  EXPECT_TRUE(what.ends_with("é...\"")) << what;
  EXPECT_EQ(Error(info).info().provider_message.size(), 1001u);
}

TEST(Error, CopiesShareTheirRecordAndOutliveIt) {
  auto original = std::make_unique<Error>(rate_limited());
  const Error copy = *original;
  const Error moved = std::move(*original);
  EXPECT_EQ(&copy.info(), &moved.info());
  EXPECT_EQ(&original->info(), &copy.info()) << "an Error that was moved from is still one";
  original.reset();
  EXPECT_EQ(copy.kind(), ErrorKind::rate_limited);
}

TEST(Error, RaisesItself) {
  const Error error(rate_limited());
  try {
    error.raise();
  } catch (const Error& raised) {
    EXPECT_EQ(&raised.info(), &error.info());
  }
}

TEST(ErrorFromException, AnErrorStaysItself) {
  const Error error(rate_limited());
  const Error same = made_from(error);
  EXPECT_EQ(&same.info(), &error.info());
  EXPECT_EQ(same.cause(), nullptr);
}

TEST(ErrorFromException, ADerivedErrorKeepsItsInfoAndItsType) {
  const Error error = made_from(Derived(rate_limited(), 7));
  EXPECT_EQ(error.kind(), ErrorKind::rate_limited);
  EXPECT_EQ(error.info().status, 429);
  EXPECT_STREQ(error.what(), Error(rate_limited()).what());
  try {
    Error(error).raise();
  } catch (const Derived& derived) {
    EXPECT_EQ(derived.extra, 7);
    EXPECT_EQ(derived.cause(), nullptr);
    return;
  }
  FAIL() << "another type was raised";
}

TEST(ErrorFromException, AnyOtherIsRaisedAsWhatItWas) {
  const Error error = made_from(std::out_of_range("no\nsuch row"));
  EXPECT_EQ(error.kind(), ErrorKind::exception);
  EXPECT_STREQ(error.what(), "no such row");
  EXPECT_EQ(error.info().message, "no\nsuch row");
  EXPECT_NE(error.cause(), nullptr);
  EXPECT_THROW(error.raise(), std::out_of_range);
}

TEST(ErrorFromException, NeedNotBeAStdException) {
  const Error error = made_from(42);
  EXPECT_EQ(error.kind(), ErrorKind::exception);
  EXPECT_STREQ(error.what(), "an exception that is not a std::exception");
  EXPECT_THROW(error.raise(), int);
}

TEST(ErrorFromException, ACancelledOperationIsCancelled) {
  const auto boost_code = make_error_code(boost::system::errc::operation_canceled);
  const Error boost_error = made_from(boost::system::system_error(boost_code));
  EXPECT_EQ(boost_error.kind(), ErrorKind::cancelled);
  EXPECT_THROW(boost_error.raise(), boost::system::system_error);

  const Error std_error = made_from(std::system_error(make_error_code(std::errc::operation_canceled)));
  EXPECT_EQ(std_error.kind(), ErrorKind::cancelled);
  EXPECT_STREQ(std_error.what(), "the operation was cancelled");

  const Error refused = made_from(std::system_error(make_error_code(std::errc::connection_refused)));
  EXPECT_EQ(refused.kind(), ErrorKind::exception);
}

TEST(ErrorFromException, NullIsAnUnknownFailure) {
  const Error error{std::exception_ptr()};
  EXPECT_EQ(error.kind(), ErrorKind::exception);
  EXPECT_THROW(error.raise(), Error);
}

TEST(ErrorKind, HasANameForEachKind) {
  EXPECT_EQ(to_string(ErrorKind::configuration), "configuration");
  EXPECT_EQ(to_string(ErrorKind::not_found), "not_found");
  EXPECT_EQ(to_string(ErrorKind::server), "server");
  EXPECT_EQ(to_string(ErrorKind::dns), "dns");
  EXPECT_EQ(to_string(ErrorKind::timeout), "timeout");
  EXPECT_EQ(to_string(ErrorKind::deadline), "deadline");
  EXPECT_EQ(to_string(ErrorKind::cancelled), "cancelled");
  EXPECT_EQ(to_string(ErrorKind::exception), "exception");
  EXPECT_EQ(to_string(static_cast<ErrorKind>(1000)), "unknown");
}

}  // namespace
}  // namespace headway
