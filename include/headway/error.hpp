#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <headway/stage_times.hpp>
#include <headway/usage.hpp>

namespace headway {

/// What went wrong, to be switched on. The comment says what to do about it.
enum class ErrorKind {
  configuration,       ///< nothing was sent: a missing key, a bad URL, a misuse. Mend the program or its settings
  authentication,      ///< 401: the key is wrong. Retrying will not help
  permission,          ///< 403: the key may not do this
  not_found,           ///< 404: no such model or path
  bad_request,         ///< 400, 413, 422 and other 4xx: the request itself is refused
  rate_limited,        ///< 429: too fast. Was retried; slow down or try later
  quota_exhausted,     ///< the account has no money or credit left. Retrying will not help
  server,              ///< 408, 409, 5xx: the server failed. Was retried
  connect,             ///< no connection: refused, unreachable, reset before the request was sent
  dns,                 ///< the host's name could not be resolved
  tls,                 ///< the certificate or the handshake was refused
  connect_timeout,     ///< no connection within `Timeouts::connect`
  first_byte_timeout,  ///< no byte of an answer within `Timeouts::first_byte`
  idle_timeout,        ///< the answer stood still for `Timeouts::idle`
  timeout,             ///< one attempt took longer than `Timeouts::total`
  deadline,            ///< the whole call, retries and waits included, took longer than its deadline
  protocol,            ///< what came back is not HTTP, not the JSON it should be, too large, or a redirect
  incomplete,          ///< the answer ended before its end
  cancelled,           ///< the caller, or the end of the client or of the loop, cancelled it
  exception,           ///< not headway's: what the caller's own code threw; `Error::cause()` holds it
};

/// The kind's name as it is written above, e.g. "rate_limited". Never empty.
std::string_view to_string(ErrorKind kind) noexcept;

/// All that is known of a failure. Empty strings and zeros mean "not known" or "does not apply".
struct ErrorInfo {
  ErrorInfo() {}

  ErrorKind kind = ErrorKind::configuration;
  std::string message;           ///< one sentence: what, and what to do
  std::string provider_message;  ///< the provider's own words, with the key and the prompt blacked out
  std::string provider_type;     ///< its `error.type`
  std::string provider_code;     ///< its `error.code`
  std::string request_id;        ///< its `x-request-id`: what its support asks for
  std::string endpoint;          ///< host, port and path that were called
  int status = 0;                ///< HTTP status; 0: no answer came
  int attempts = 0;              ///< requests sent or tried to send
  bool maybe_billed = false;     ///< an attempt may have reached the server, and gave no answer: perhaps it was billed
  StageTimes times;
  /// What came with a status of success and cannot be used: it was paid for. As it came, with nothing blacked out; of a
  /// stream the event that failed. Not a part of what().
  std::string body;
  Usage usage;                 ///< of `body`, as far as it tells
  std::optional<double> cost;  ///< of `body`, as Response's
  std::exception_ptr cause;    ///< what Error::raise() throws; null: the Error itself
};

/// The one exception of headway, and the error half of Outcome. `what()` is one line for people and has neither the
/// key nor the prompt. Cheap to copy; copies share their record, which never changes, so it is thread-safe.
class Error : public std::exception {
 public:
  Error(ErrorKind kind, std::string message);
  explicit Error(ErrorInfo info);
  /// Stands for any exception, so that it can be kept as a value and raised again as what it was:
  /// - an Error stays itself; one of a derived class (BatchError) keeps its info too, and is the cause;
  /// - an operation that was cancelled (`boost::asio::error::operation_aborted`) becomes `cancelled`, and is the cause;
  /// - all else becomes `exception`, with its what() as the message, and is the cause.
  /// Null gives an Error of kind `exception` without a cause.
  explicit Error(const std::exception_ptr& thrown);
  // Copied and never moved from: an Error is never empty.
  Error(const Error&) noexcept = default;
  Error& operator=(const Error&) noexcept = default;
  ~Error() override;

  /// The message, the provider's words, and in brackets what is known besides: status, endpoint, code, request,
  /// attempts. Has no line break. Valid as long as any copy of this Error.
  const char* what() const noexcept override;
  ErrorKind kind() const noexcept { return info().kind; }
  const ErrorInfo& info() const noexcept;
  /// The exception this was made from; null if that was a plain Error, or none.
  const std::exception_ptr& cause() const noexcept { return info().cause; }
  /// Throws what this stands for: the cause if there is one, else *this.
  [[noreturn]] void raise() const;

 private:
  struct Record;
  static std::shared_ptr<const Record> record_of(const std::exception_ptr& thrown);

  std::shared_ptr<const Record> record_;
};

}  // namespace headway
